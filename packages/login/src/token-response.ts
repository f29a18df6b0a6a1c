import { LoginError } from './errors.ts'
import { refusal } from './exchange-failure.ts'
import type { Claims } from './provider.ts'

/** Tokens of a provider. */
export interface ProviderTokens {
  readonly accessToken: string
  readonly tokenType: 'Bearer'
  readonly refreshToken: string | null
  readonly idToken: string | null
  /** The scopes that were granted, as the provider wrote them; `null` when it did not say. */
  readonly scope: string | null
  /** In whole seconds since the epoch; `null` when the provider did not say. */
  readonly expiresAt: number | null
}

const LONGEST_TOKEN = 16 * 1024
const CENTURY = 100 * 365 * 86_400

/**
 * The tokens in an answer of a token endpoint. Some providers answer a refusal with 200.
 *
 * @param now - in seconds
 * @throws LoginError
 * @see [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)
 */
export function readTokens(said: Claims, now: number): ProviderTokens {
  if (said['error'] !== undefined) throw refusal(200, said['error'])
  const { token_type: tokenType, expires_in: expiresIn, scope } = said
  const accessToken = optionalToken(said, 'access_token')
  if (accessToken === null) throw unusable('no access_token')
  if (typeof tokenType !== 'string' || tokenType.toLowerCase() !== 'bearer')
    throw unusable('another token_type than Bearer')
  return Object.freeze({
    accessToken,
    tokenType: 'Bearer',
    refreshToken: optionalToken(said, 'refresh_token'),
    idToken: optionalToken(said, 'id_token'),
    scope: typeof scope === 'string' && scope.length <= LONGEST_TOKEN ? scope : null,
    expiresAt: isLifetime(expiresIn) ? Math.floor(now + Number(expiresIn)) : null
  })
}

function optionalToken(said: Claims, name: string): string | null {
  const value = said[name] ?? null
  if (value === null) return null
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST_TOKEN) return value
  throw unusable(`a strange ${name}`)
}

// Some providers write the number as a text.
function isLifetime(value: unknown): boolean {
  return (typeof value === 'number' || typeof value === 'string') && Number(value) > 0 && Number(value) < CENTURY
}

function unusable(what: string): LoginError {
  return new LoginError('provider_error', { cause: `the token endpoint answered with ${what}` })
}
