import { LoginError } from '../errors.ts'
import { refusal } from './exchange-failure.ts'
import type { Claims } from '../providers/provider.ts'

/** The tokens of a provider. */
export interface ProviderTokens {
  readonly accessToken: string
  readonly tokenType: 'Bearer'
  readonly refreshToken: string | null
  readonly idToken: string | null
  /** The granted scopes, as the provider sent them; `null` when it sent none. */
  readonly scope: string | null
  /** In whole seconds since the epoch; `null` when the provider sent no lifetime. */
  readonly expiresAt: number | null
}

const LONGEST_TOKEN = 16 * 1024
const CENTURY = 100 * 365 * 86_400
// RFC 6749 Appendix A.12 and A.17. Other characters are not allowed in a header.
const TOKEN = /^[\x20-\x7e]+$/

/**
 * Reads the tokens in an answer of a token endpoint. Some providers send errors with status 200. The exchange cannot be
 * repeated, so an optional member never makes it fail: an unusable one counts as left out, as `null` and `''` do.
 *
 * @param seconds - the time since the epoch
 * @throws LoginError for an error answer, for an answer without an access token, and for a token that is not a Bearer token
 * @see [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)
 */
export function readTokens(said: Claims, seconds: number): ProviderTokens {
  const { error, token_type: tokenType, expires_in: expiresIn, scope } = said
  if (!isAbsent(error) && error !== false) throw refusal(200, error)
  const accessToken = tokenIn(said, 'access_token')
  if (accessToken === null) throw unusable('no usable access_token')
  if (!isAbsent(tokenType) && !isBearer(tokenType)) throw unusable('a token_type other than Bearer')
  return Object.freeze({
    accessToken,
    tokenType: 'Bearer',
    refreshToken: tokenIn(said, 'refresh_token'),
    idToken: tokenIn(said, 'id_token'),
    scope: scopeIn(scope),
    expiresAt: isLifetime(expiresIn) ? Math.floor(seconds + Number(expiresIn)) : null
  })
}

/** Returns a token in an answer, or `null`. */
export function tokenIn(said: Claims, name: 'access_token' | 'refresh_token' | 'id_token'): string | null {
  const value = said[name]
  return typeof value === 'string' && value.length <= LONGEST_TOKEN && TOKEN.test(value) ? value : null
}

// RFC 6749 §3.1 says of request parameters: "sent without a value MUST be treated as if they were omitted".
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

function isBearer(tokenType: unknown): boolean {
  return typeof tokenType === 'string' && tokenType.toLowerCase() === 'bearer'
}

// Some providers send a list.
function scopeIn(value: unknown): string | null {
  const scope = Array.isArray(value) ? value.filter((one) => typeof one === 'string').join(' ') : value
  return typeof scope === 'string' && scope !== '' && scope.length <= LONGEST_TOKEN ? scope : null
}

// Some providers send the number as a string.
function isLifetime(value: unknown): boolean {
  return (typeof value === 'number' || typeof value === 'string') && Number(value) > 0 && Number(value) < CENTURY
}

function unusable(what: string): LoginError {
  return new LoginError('provider_error', { cause: `the token endpoint answered with ${what}` })
}
