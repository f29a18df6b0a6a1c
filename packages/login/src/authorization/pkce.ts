// Proof Key for Code Exchange: only the browser that began a login can finish it.
// https://www.rfc-editor.org/rfc/rfc7636
import { randomBytes } from 'node:crypto'
import { sha256 } from '@latchkey/guard/plugin'

/** Returns 256 random bits in characters that URLs do not encode, for `state` and `nonce`. */
export function randomText(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * Returns a code verifier: 43 random characters.
 *
 * @see [RFC 7636 §4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)
 */
export function codeVerifier(): string {
  return randomText()
}

/**
 * Returns the code challenge of a code verifier, by the method S256.
 *
 * @see [RFC 7636 §4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2)
 */
export function codeChallenge(verifier: string): string {
  return sha256(verifier)
}
