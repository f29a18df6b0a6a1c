import { hkdfSync } from 'node:crypto'
import { CompactEncrypt, compactDecrypt } from 'jose'

/**
 * A key of 32 bytes that is made of a secret for one purpose: the label keeps it apart from every other key that is made
 * of the same secret. 256 random bits need no salt. Does not judge the secret: see {@link secretsFault}.
 *
 * @param label - says what the key is for, and never changes: what was sealed opens with this label only
 * @see [RFC 5869](https://www.rfc-editor.org/rfc/rfc5869)
 */
export function deriveKey(secret: string | Uint8Array, label: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', label, 32))
}

/**
 * Encrypts a text with A256GCM, so that whoever has the key can read it and tell that nobody changed it.
 *
 * @param key - 32 bytes, as {@link deriveKey} gives them
 * @param header - goes with the text, readable to everybody
 * @see [RFC 7516](https://www.rfc-editor.org/rfc/rfc7516)
 */
export async function seal(text: string, key: Uint8Array, header: { readonly kid?: string } = {}): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ ...header, alg: 'dir', enc: 'A256GCM' })
    .encrypt(key)
}

/**
 * The text that {@link seal} sealed.
 *
 * @throws JOSEError when it was sealed with another key, or changed since
 */
export async function unseal(sealed: string, key: Uint8Array): Promise<string> {
  const { plaintext } = await compactDecrypt(sealed, key, {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM']
  })
  return new TextDecoder().decode(plaintext)
}
