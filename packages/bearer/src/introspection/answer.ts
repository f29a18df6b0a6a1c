import { UpstreamError } from '@latchkey/issuer'
import { isRecord } from '@latchkey/options'
import { type Expectations, type ReadClaims, readClaims } from '../access-token/claims.ts'
import { frozenObject, type JsonObject } from '../json-object.ts'
import { notValid } from '../refusal.ts'
import { checkKind } from '../access-token/token-type.ts'

const ACCESS_TOKENS: ReadonlySet<unknown> = new Set(['bearer', 'dpop'])

/** The values that introspected tokens are checked against, the same as for other tokens. */
export interface IntrospectionExpectations extends Omit<Expectations, 'mayLack'> {
  readonly insecureAcceptMissingAudience: boolean
}

/**
 * Checks that an answer of an introspection endpoint has a boolean `active`, and returns it frozen.
 *
 * @param answer - the parsed JSON
 * @throws UpstreamError
 * @see [RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)
 */
export function requireAnswer(answer: unknown): JsonObject {
  const claims = isRecord(answer) ? frozenClaims(answer) : null
  if (typeof claims?.['active'] === 'boolean') return claims
  const cause = 'the introspection answer has no boolean active'
  throw new UpstreamError('LATCHKEY_UPSTREAM_INVALID', { cause, status: 200 })
}

/**
 * Reads the claims of an answer, after checking that the token is active, an access token of this issuer for this server, and
 * valid now. Does NOT tell a refresh token from an access token if the answer has an `aud` for this server and no member that
 * names the kind of token. Does not check the binding (`cnf`). A token without `exp` is valid now. A token without `sub` is
 * refused: a `client_id` in its place could be the name of a user.
 *
 * @throws InvalidTokenError
 * @see [RFC 7662 §4](https://www.rfc-editor.org/rfc/rfc7662#section-4)
 */
export function readIntrospected(claims: JsonObject, expected: IntrospectionExpectations): ReadClaims {
  const { active, iss = expected.issuer, aud, token_type: type, cnf } = claims
  const { insecureAcceptMissingAudience } = expected
  if (active !== true) throw notValid('the token is not active')
  if (iss !== expected.issuer) throw notValid('iss is not the issuer of the introspection endpoint')
  // Refresh tokens are active too, usually without `token_type` and without `aud`. For access tokens, many issuers send only
  // `aud`.
  const mayLackType = aud !== undefined || !insecureAcceptMissingAudience
  const kind = typeof type === 'string' ? type.toLowerCase() : (type ?? undefined)
  if (!ACCESS_TOKENS.has(kind) && !(kind === undefined && mayLackType)) {
    throw notValid('token_type is neither Bearer nor DPoP')
  }
  // Otherwise a token that needs a proof would be accepted without one.
  if (kind === 'dpop' && cnf === undefined) throw notValid('token_type is DPoP, and there is no cnf')
  checkKind(claims)
  return readClaims(claims, { ...expected, mayLack: insecureAcceptMissingAudience ? ['exp', 'aud'] : ['exp'] })
}

function frozenClaims(answer: JsonObject): JsonObject | null {
  try {
    return frozenObject(answer)
  } catch {
    // Nested deeper than the stack allows.
    return null
  }
}
