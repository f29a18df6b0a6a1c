/**
 * The texts that may have been hashed for a typed password: its Unicode NFC form, and then the text exactly as received, if it
 * differs. Keyboards and systems compose accents differently, and older hashes were made without normalization.
 *
 * @see [NIST SP 800-63B-4 §3.1.1.2](https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver)
 */
export function spellings(password: string): readonly [normalized: string, received?: string] {
  const normalized = password.normalize('NFC')
  return normalized === password ? [normalized] : [normalized, password]
}
