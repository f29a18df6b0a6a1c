import { hkdfSync } from 'node:crypto'
import { type LateModule, lateModule } from '@latchkey/promises'

// It takes longer to load than all of this package, and a server starts without it.
const jose: LateModule<typeof import('jose')> = lateModule('jose', () => import('jose'))

/**
 * Derives a key of 32 bytes from a secret, for one purpose. Different labels give independent keys. No salt is needed, because
 * the secret has 256 random bits. Does not check the secret: see {@link secrets}.
 *
 * @param label - names the purpose of the key. Never change it: a text that was encrypted under one label cannot be decrypted
 * under another
 * @see [RFC 5869](https://www.rfc-editor.org/rfc/rfc5869)
 */
export function deriveKey(secret: string | Uint8Array, label: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', label, 32))
}

/**
 * Loads the module that encrypts and decrypts in the background, which otherwise the first use loads. Call it when the server is
 * ready. Never rejects: the call that needs the module throws the error.
 *
 * @example
 * ```ts
 * app.addHook('onReady', async () => void prepareSealing())
 * ```
 */
export async function prepareSealing(): Promise<void> {
  await jose.prepare()
}

/**
 * Encrypts a text with A256GCM. A holder of the key can read it, and can detect changes.
 *
 * @param key - 32 bytes, as {@link deriveKey} returns them
 * @param header - stored with the text, not encrypted
 *
 * @example
 * ```ts
 * const sealed = await seal('a text', deriveKey(secret, 'my-app: notes'))
 * ```
 * @see [RFC 7516](https://www.rfc-editor.org/rfc/rfc7516)
 */
export async function seal(text: string, key: Uint8Array, header: { readonly kid?: string } = {}): Promise<string> {
  const { CompactEncrypt } = await jose.get()
  return new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ ...header, alg: 'dir', enc: 'A256GCM' })
    .encrypt(key)
}

/**
 * Decrypts a text that {@link seal} encrypted.
 *
 * @throws JOSEError when it was encrypted with another key, or changed since
 */
export async function unseal(sealed: string, key: Uint8Array): Promise<string> {
  const { compactDecrypt } = await jose.get()
  const { plaintext } = await compactDecrypt(sealed, key, {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM']
  })
  return new TextDecoder().decode(plaintext)
}
