import type { JsonObject } from '../json-object.ts'
import { notValid } from '../refusal.ts'

/** Whether the tokens of an issuer must be bound to a key, may be bound, or must not be bound. */
export type DpopMode = 'required' | 'allowed' | 'refused'

/**
 * Checks the `cnf` of a token, and the `dpop` option of its issuer, against the way that the token was presented.
 *
 * @throws InvalidTokenError when they do not match
 */
export type CheckBinding = (claims: JsonObject, mode: DpopMode) => unknown

export const dpopModes: readonly DpopMode[] = ['required', 'allowed', 'refused']

// A SHA-256 hash in base64url.
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/**
 * Checks that a token is not bound to a key, so that it is a bearer token. A bound token is refused in every `mode`.
 *
 * @throws InvalidTokenError
 * @see [RFC 9449 §7.2](https://www.rfc-editor.org/rfc/rfc9449#section-7.2)
 */
export function mustBeUnbound({ cnf }: JsonObject, mode: DpopMode): void {
  if (cnf !== undefined) throw notValid('the token is bound to a key (cnf) and is not a bearer token')
  if (mode === 'required') throw notValid('the tokens of the issuer must be bound to a key')
}

/**
 * Checks that a token is bound to a key and to nothing else. Another binding would not be checked here.
 *
 * @throws InvalidTokenError
 * @see [RFC 9449 §6](https://www.rfc-editor.org/rfc/rfc9449#section-6)
 */
export function mustBeBound(claims: JsonObject, mode: DpopMode): void {
  if (mode === 'refused') throw notValid('DPoP is refused for the issuer')
  boundKey(claims)
}

/**
 * Returns the thumbprint of the key that a token is bound to.
 *
 * @throws InvalidTokenError when the token is not bound to a key, or is also bound to something else
 */
export function boundKey({ cnf }: JsonObject): string {
  if (typeof cnf !== 'object' || cnf === null) throw notValid('the token is not bound to a key (cnf)')
  const { jkt, ...others } = cnf as JsonObject // a JSON object
  if (Object.keys(others).length > 0) throw notValid('cnf binds the token to something other than a key (jkt)')
  if (typeof jkt !== 'string' || !THUMBPRINT.test(jkt)) throw notValid('jkt is not a SHA-256 thumbprint')
  return jkt
}
