import type { JsonObject } from '../json-object.ts'
import { notValid } from '../refusal.ts'

/** Whether the tokens of an issuer must be bound to a key, may be, or must not be. */
export type DpopMode = 'required' | 'allowed' | 'refused'

/**
 * Refuses a token that is bound to something else than what it was presented with, by `cnf` and what its issuer may do.
 *
 * @throws InvalidTokenError
 */
export type CheckBinding = (claims: JsonObject, mode: DpopMode) => unknown

export const dpopModes: readonly DpopMode[] = ['required', 'allowed', 'refused']

// SHA-256 in base64url.
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/**
 * Lets a token pass as a bearer token. One that is bound to a key never is, whatever its issuer may do.
 *
 * @throws InvalidTokenError
 * @see [RFC 9449 §7.2](https://www.rfc-editor.org/rfc/rfc9449#section-7.2)
 */
export function mustBeUnbound({ cnf }: JsonObject, mode: DpopMode): void {
  if (cnf !== undefined) throw notValid('the token is bound to a key (cnf) and is no bearer token')
  if (mode === 'required') throw notValid('the tokens of the issuer must be bound to a key')
}

/**
 * Lets a token pass beside a proof: one that is bound to a key, and to nothing else that nobody here would check.
 *
 * @throws InvalidTokenError
 * @see [RFC 9449 §6](https://www.rfc-editor.org/rfc/rfc9449#section-6)
 */
export function mustBeBound(claims: JsonObject, mode: DpopMode): void {
  if (mode === 'refused') throw notValid('DPoP is refused for the issuer')
  boundKey(claims)
}

/**
 * The thumbprint of the key that a token is bound to.
 *
 * @throws InvalidTokenError when it is bound to none, or to something else, be it beside the key
 */
export function boundKey({ cnf }: JsonObject): string {
  if (typeof cnf !== 'object' || cnf === null) throw notValid('the token is not bound to a key (cnf)')
  const { jkt, ...others } = cnf as JsonObject // an object of JSON
  if (Object.keys(others).length > 0) throw notValid('cnf binds the token to something else than a key (jkt)')
  if (typeof jkt !== 'string' || !THUMBPRINT.test(jkt)) throw notValid('jkt is not a SHA-256 thumbprint')
  return jkt
}
