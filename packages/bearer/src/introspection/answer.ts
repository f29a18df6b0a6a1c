import { UpstreamError } from '@latchkey/issuer'
import { type Expectations, type ReadClaims, readClaims } from '../claims.ts'
import { asObject, frozenJson, type JsonObject } from '../json-object.ts'
import { notValid } from '../refusal.ts'
import { checkKind } from '../token-type.ts'

const ACCESS_TOKENS: ReadonlySet<unknown> = new Set(['bearer', 'dpop'])

/** What introspected tokens are held against: also what other tokens are. */
export interface IntrospectionExpectations extends Omit<Expectations, 'mayLack'> {
  readonly audienceIsImplied: boolean
}

/**
 * An answer of an introspection endpoint, frozen, once it says whether the token is active. Only a boolean says that.
 *
 * @param answer - what JSON gave
 * @throws UpstreamError
 * @see [RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)
 */
export function requireAnswer(answer: unknown): JsonObject {
  const claims = frozenObject(answer)
  if (typeof claims?.['active'] === 'boolean') return claims
  const cause = 'the introspection endpoint did not say whether the token is active'
  throw new UpstreamError('LATCHKEY_UPSTREAM_INVALID', { cause, status: 200 })
}

/**
 * What an answer says about a token's bearer, once it is active, an access token of this issuer for this server, and in its
 * time. Does NOT know a refresh token from an access token where the answer has an `aud` for this server and says nothing of
 * the kind. What it is bound to (`cnf`) is not looked at. One without `exp` is good for now. One without `sub` is refused: a
 * `client_id` in its place could be the name of a user.
 *
 * @throws InvalidTokenError
 * @see [RFC 7662 §4](https://www.rfc-editor.org/rfc/rfc7662#section-4)
 */
export function readIntrospected(claims: JsonObject, expected: IntrospectionExpectations): ReadClaims {
  const { active, iss = expected.issuer, aud, token_type: type, cnf } = claims
  const { audienceIsImplied } = expected
  if (active !== true) throw notValid('the token is not active')
  if (iss !== expected.issuer) throw notValid('iss is not the issuer that was asked')
  // Refresh tokens are active too, as a rule without a type of token and without an audience. Many issuers say no more than
  // an audience of access tokens either.
  const mayLackType = aud !== undefined || !audienceIsImplied
  const kind = typeof type === 'string' ? type.toLowerCase() : (type ?? undefined)
  if (!ACCESS_TOKENS.has(kind) && !(kind === undefined && mayLackType)) {
    throw notValid('token_type is neither Bearer nor DPoP')
  }
  // Without it a token that wants a proof would pass for one that wants none.
  if (kind === 'dpop' && cnf === undefined) throw notValid('token_type is DPoP, and there is no cnf')
  checkKind(claims)
  return readClaims(claims, { ...expected, mayLack: audienceIsImplied ? ['exp', 'aud'] : ['exp'] })
}

function frozenObject(value: unknown): JsonObject | null {
  try {
    return asObject(frozenJson(value))
  } catch {
    // Nested deeper than the stack.
    return null
  }
}
