import { deriveKey } from './sealed-text.ts'

const LENGTH = 16

/**
 * Returns a short text that is the same for the same secret: to find out that a secret is used twice. It does not reveal a secret
 * of 32 random bytes. It does let its reader test guesses of a weak one, so do not publish it.
 *
 * @example fingerprint(process.env.SESSION_SECRET ?? '') === fingerprint(process.env.KEY_SECRET ?? '')
 */
export function fingerprint(secret: string): string {
  return Buffer.from(deriveKey(secret, 'latchkey: fingerprint')).toString('base64url').slice(0, LENGTH)
}
