// A login that is recent enough for the rule of a route.
// https://www.rfc-editor.org/rfc/rfc9470
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
