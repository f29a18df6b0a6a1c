import { createHash, timingSafeEqual } from 'node:crypto'

// A SHA-256 in base64url: 43 characters.
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/

/** Whether a text can be the S256 code challenge of a request. */
export function isCodeChallenge(text: string | undefined): text is string {
  return text !== undefined && CHALLENGE.test(text)
}

/**
 * Whether a code verifier belongs to a code challenge. Takes the same time for every well-formed verifier.
 *
 * @see [RFC 7636 §4.6](https://www.rfc-editor.org/rfc/rfc7636#section-4.6)
 */
export function verifiesChallenge(codeVerifier: string, codeChallenge: string): boolean {
  if (!VERIFIER.test(codeVerifier)) return false
  const made = createHash('sha256').update(codeVerifier).digest()
  const expected = Buffer.from(codeChallenge, 'base64url')
  return made.length === expected.length && timingSafeEqual(made, expected)
}
