// A login that is recent enough for the rule of a route.
// https://www.rfc-editor.org/rfc/rfc9470
import { InsufficientUserAuthenticationError } from './errors.ts'
import type { Principal } from './principal.ts'
import type { Alternative } from './rules.ts'

/** By how many seconds the clock of the login time may be ahead: the greatest tolerance of any authenticator. */
const CLOCK_TOLERANCE = 60

/**
 * Whether the caller's last login is no older than an alternative of the rule allows.
 *
 * @param now - milliseconds since the epoch; called only if the alternative requires a recent login
 */
export function isRecent({ authenticatedAt }: Principal, { maxAge }: Alternative, now: () => number): boolean {
  if (maxAge === null) return true
  // An authenticator may give no time. A time in the future is not proof: it may be milliseconds in place of seconds.
  if (!Number.isFinite(authenticatedAt)) return false
  const age = now() - Number(authenticatedAt) * 1000
  return age <= maxAge * 1000 && age >= -CLOCK_TOLERANCE * 1000
}

/**
 * The error for a caller who has the scopes of an alternative, but no recent login. It names the greatest age that such an
 * alternative allows. `null` if the caller has the scopes of none that requires a recent login.
 *
 * @param hasScopes - whether the caller has the scopes of an alternative
 * @see [RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)
 */
export function staleLogin(
  ways: readonly Alternative[],
  hasScopes: (way: Alternative) => boolean
): InsufficientUserAuthenticationError | null {
  const ages = ways.flatMap((way) => (way.maxAge !== null && hasScopes(way) ? [way.maxAge] : []))
  return ages.length > 0 ? new InsufficientUserAuthenticationError(Math.max(...ages)) : null
}

/**
 * Returns the parameters of the challenge for such an error.
 *
 * @see [RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)
 */
export function staleLoginChallenge({
  error,
  message,
  maxAge
}: InsufficientUserAuthenticationError): Readonly<Record<string, string>> {
  return { error, error_description: message, max_age: String(maxAge) }
}
