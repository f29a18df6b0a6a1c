import { hkdfSync } from 'node:crypto'
import { CompactEncrypt, compactDecrypt } from 'jose'

/**
 * A key that is made of a secret for one purpose: the label keeps it apart from every other key that is made of the same
 * secret. 256 random bits need no salt.
 *
 * @see [RFC 5869](https://www.rfc-editor.org/rfc/rfc5869)
 */
export function deriveKey(secret: string, label: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', label, 32))
}

/**
 * Encrypts a text, so that whoever has the key can read it and tell that nobody changed it.
 *
 * @see [RFC 7516](https://www.rfc-editor.org/rfc/rfc7516)
 */
export async function seal(text: string, key: Uint8Array): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
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
