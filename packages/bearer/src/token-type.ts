import type { JsonObject } from './json-object.ts'
import { notValid } from './refusal.ts'

/** What `typ` the access tokens of an issuer have: that of RFC 9068, or no more than that they are JWTs. */
export type TokenType = 'at+jwt' | 'JWT'

const ACCESS_TOKEN: ReadonlySet<unknown> = new Set(['at+jwt', 'application/at+jwt'])
const ANY_JWT: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'application/jwt'])

/** Claims that ID tokens, logout tokens and DPoP proofs have, and access tokens have not. */
const CLAIMS_OF_OTHERS = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events', 'htm', 'htu']

/** Claims by which some issuers say what kind of token it is: Keycloak's, and Amazon Cognito's and Ory Hydra's. */
const KIND_CLAIMS: readonly (readonly [claim: string, ofAccessTokens: readonly unknown[]])[] = [
  ['typ', [undefined, null, 'Bearer', 'DPoP']],
  ['token_use', [undefined, null, 'access', 'access_token']]
]

/**
 * Looks whether a JWT is an access token. Where its `typ` does not say so, anything that shows that it is something else
 * speaks against it.
 *
 * @throws InvalidTokenError
 * @see [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)
 * @see [RFC 8725 §3.11](https://www.rfc-editor.org/rfc/rfc8725#section-3.11)
 */
export function checkTokenType(expected: TokenType, { typ }: JsonObject, claims: JsonObject): void {
  const type = typeof typ === 'string' ? typ.toLowerCase() : typ
  if (ACCESS_TOKEN.has(type)) return
  if (expected === 'at+jwt') throw notValid('typ is not at+jwt')
  if (!ANY_JWT.has(type)) throw notValid('typ is neither at+jwt nor JWT')
  const foreign = CLAIMS_OF_OTHERS.find((name) => (claims[name] ?? undefined) !== undefined)
  if (foreign !== undefined) throw notValid(`${foreign} shows that it is no access token`)
  checkKind(claims)
}

/**
 * Looks whether a claim says that a token is something else than an access token. Most issuers write no such claim.
 *
 * @throws InvalidTokenError
 */
export function checkKind(claims: JsonObject): void {
  const other = KIND_CLAIMS.find(([name, allowed]) => !allowed.includes(claims[name]))
  if (other !== undefined) throw notValid(`${other[0]} says that it is no access token`)
}
