import type { JsonObject } from '../json-object.ts'
import { notValid } from '../refusal.ts'

/** The `typ` of the access tokens of an issuer: `at+jwt` of RFC 9068, or only `JWT`. */
export type TokenType = 'at+jwt' | 'JWT'

const ACCESS_TOKEN: ReadonlySet<unknown> = new Set(['at+jwt', 'application/at+jwt'])
const ANY_JWT: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'application/jwt'])

/** Claims of ID tokens, logout tokens and DPoP proofs that access tokens do not have. */
const CLAIMS_OF_OTHERS = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events', 'htm', 'htu']

/** Claims in which some issuers name the kind of token: Keycloak (`typ`), Amazon Cognito and Ory Hydra (`token_use`). */
const KIND_CLAIMS: readonly (readonly [claim: string, ofAccessTokens: readonly unknown[]])[] = [
  ['typ', [undefined, null, 'Bearer', 'DPoP']],
  ['token_use', [undefined, null, 'access', 'access_token']]
]

/**
 * Checks that a JWT is an access token. If its `typ` does not name an access token, any sign of another kind of token refuses
 * it.
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
  if (foreign !== undefined) throw notValid(`${foreign} shows that the token is not an access token`)
  checkKind(claims)
}

/**
 * Checks that no claim names another kind of token. Most issuers send no such claim.
 *
 * @throws InvalidTokenError
 */
export function checkKind(claims: JsonObject): void {
  const other = KIND_CLAIMS.find(([name, allowed]) => !allowed.includes(claims[name]))
  if (other !== undefined) throw notValid(`${other[0]} shows that the token is not an access token`)
}
