import { isScopeToken } from '@latchkey/guard/plugin'
import { isText, isWhole } from '@latchkey/options'
import { ApiKeyRequestError } from './errors.ts'
import { LATEST } from './key-info.ts'

/** The properties of a new key. */
export interface NewApiKey {
  /** The subject that the key speaks for, as in `principal.subject`. */
  readonly subject: string
  /** A name for the owner's list: 1 to 100 characters. */
  readonly name: string
  /** The scopes that the key carries. With the guard's `permissions` it has only those that its subject may use at the time. */
  readonly scopes: readonly string[]
  /**
   * When the key expires, in seconds since the epoch. `null`: never, which only `maxLifetime: false` permits. Default: the end
   * of `maxLifetime`.
   */
  readonly expiresAt?: number | null | undefined
}

/** The limits of new keys. */
export interface KeyLimits {
  /** In seconds. */
  readonly maxLifetime: number | false
  /** The scopes that the guard describes. If there are none, every scope is accepted. */
  readonly scopes: Readonly<Record<string, string>>
  readonly seconds: () => number
}

const NAME = /^[^\p{Cc}\p{Surrogate}]{1,100}$/u
const SUBJECT = /^[^\0\p{Surrogate}]+$/u
/** The store keeps 16 KiB for each key. */
const MOST_SCOPE_CHARACTERS = 8192

/**
 * Checks the properties of a new key, and returns when it expires.
 *
 * @throws ApiKeyRequestError
 */
export function checkNewKey(given: NewApiKey, { maxLifetime, scopes: known, seconds }: KeyLimits): number | null {
  const { subject, name, scopes } = given
  if (!isText(subject) || !SUBJECT.test(subject)) throw new ApiKeyRequestError('subject must be a non-empty string')
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new ApiKeyRequestError('name must have 1 to 100 characters, and no control characters')
  }
  if (!areScopes(scopes)) {
    throw new ApiKeyRequestError(
      `scopes must be a list of scope tokens of at most ${MOST_SCOPE_CHARACTERS} characters together`
    )
  }
  if (Object.keys(known).length > 0 && !scopes.every((scope) => Object.hasOwn(known, scope))) {
    throw new ApiKeyRequestError('scopes must contain only scopes of this server')
  }
  return expiryOf(given.expiresAt, maxLifetime, seconds())
}

function areScopes(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isScopeToken) && value.join('').length <= MOST_SCOPE_CHARACTERS
}

function expiryOf(expiresAt: unknown, maxLifetime: number | false, now: number): number | null {
  if (expiresAt === undefined) return maxLifetime === false ? null : now + maxLifetime
  if (expiresAt === null && maxLifetime === false) return null
  const most = maxLifetime === false ? LATEST : now + maxLifetime
  if (isWhole(expiresAt, now + 1, most)) return expiresAt
  throw new ApiKeyRequestError(
    `expiresAt must be a time in the future, in whole seconds since the epoch${
      maxLifetime === false ? '' : `, at most ${maxLifetime} seconds from now`
    }`
  )
}
