import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits in characters that URLs leave alone. */
export function randomText(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * The challenge that goes with a verifier, by the method S256.
 *
 * @see [RFC 7636 §4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2)
 */
export function codeChallenge(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}
