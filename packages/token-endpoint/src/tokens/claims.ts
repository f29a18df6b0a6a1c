import { isRecord } from '@latchkey/options'

/**
 * Gives the claims that the application adds to access tokens their types, by declaration merging in the application:
 *
 * ```ts
 * declare module '@latchkey/token-endpoint' { interface TokenClaimTypes { tenant: string } }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface TokenClaimTypes {}

/**
 * The claims that the application adds to an access token: those that {@link TokenClaimTypes} declares, or any. Plain JSON: at most
 * 4096 bytes and 200 values. No name that a registered claim has; `roles`, `groups` and `entitlements` are free (RFC 9068
 * §2.2.3.1).
 */
export type TokenClaims = keyof TokenClaimTypes extends never
  ? Readonly<Record<string, unknown>>
  : { readonly [Name in keyof TokenClaimTypes]?: TokenClaimTypes[Name] }

/**
 * The names that a claim of the application must not have: the claims of this server, those by which verifiers tell tokens from
 * others, those of actors and keys, and the members of an introspection answer.
 *
 * @see [RFC 7519 §4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1), [RFC 9068 §2.2](https://www.rfc-editor.org/rfc/rfc9068#section-2.2), [RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)
 */
const RESERVED: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'], // RFC 7519
  ...['client_id', 'scope', 'auth_time', 'acr', 'amr'], // RFC 9068
  ...['act', 'may_act', 'cnf', 'authorization_details'], // RFC 8693, RFC 7800, RFC 9396
  ...['azp', 'sid', 'nonce', 'at_hash', 'c_hash', 's_hash', 'events', 'toe', 'txn'], // ID, logout and event tokens
  ...['htm', 'htu', 'ath', 'typ', 'token_use'], // DPoP proofs, and kinds of tokens
  ...['active', 'token_type', 'username'], // RFC 7662
  ...['__proto__']
])

/** A signed token must fit into 8 KiB with all its other claims. */
const MOST_BYTES = 4096
/** Bearer accepts a limited number of brackets, commas and colons. */
const MOST_VALUES = 200

/**
 * Returns claims of the application, after checking them.
 *
 * @param source - the place that they come from, for the error
 * @throws TypeError for a reserved name, for a value that is no plain JSON, and for too many or too large claims
 */
export function checkTokenClaims(source: string, claims: unknown): Readonly<Record<string, unknown>> {
  if (!isPlain(claims)) throw new TypeError(`${source} must be a plain object`)
  const reserved = Object.keys(claims).find((name) => RESERVED.has(name))
  if (reserved !== undefined) {
    throw new TypeError(`${source} must not have the member "${reserved}": the name is reserved. Fix: use another name`)
  }
  const left = { values: MOST_VALUES }
  if (!isJson(claims, left)) {
    throw new TypeError(
      `${source} must be plain JSON with at most ${MOST_VALUES} values: texts, finite numbers, true, false, null, lists and plain objects`
    )
  }
  const text = JSON.stringify(claims)
  if (Buffer.byteLength(text) > MOST_BYTES) {
    throw new TypeError(
      `${source} must have at most ${MOST_BYTES} bytes as JSON. Fix: store the data under the subject`
    )
  }
  return JSON.parse(text) as Readonly<Record<string, unknown>> // a copy of a plain object
}

function isJson(value: unknown, left: { values: number }): boolean {
  if (left.values-- < 0) return false
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return Array.from<unknown>(value).every((member) => isJson(member, left))
  return isPlain(value) && Object.entries(value).every(([name, member]) => name !== '__proto__' && isJson(member, left))
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isRecord(value) || typeof value['toJSON'] === 'function') return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
