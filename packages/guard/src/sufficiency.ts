import { InsufficientScopeError, InsufficientUserAuthenticationError } from './errors.ts'
import type { Principal } from './principal.ts'
import type { Standing } from './principals.ts'
import type { Alternative } from './rules.ts'

/** By how many seconds the clock that told the time of a login may be ahead: the most that any authenticator tolerates. */
const CLOCK_TOLERANCE = 60

/**
 * Whether a caller satisfies one of the alternatives.
 *
 * @param now - milliseconds since the epoch; asked only where a recent login is
 */
export function isSufficient(ways: readonly Alternative[], principal: Principal, now: () => number): boolean {
  for (const way of ways) if (holds(principal.scopes, way) && isRecent(principal, way, now)) return true
  return false
}

/**
 * What a caller who satisfies none of the alternatives should do: log in again, when that alone would do, or get a credential
 * with the scopes of the alternative that they lack least of, among those that another credential would satisfy where there
 * is one. It asks for what the rule names, never for what implies that or is implied.
 *
 * @see [RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)
 */
export function insufficiency(
  ways: readonly Alternative[],
  standing: Standing
): InsufficientUserAuthenticationError | InsufficientScopeError {
  const { scopes } = standing.principal
  // Were the login recent enough for any that is held, the caller would be in.
  const ages = ways.flatMap((way) => (way.maxAge !== null && holds(scopes, way) ? [way.maxAge] : []))
  if (ages.length > 0) return new InsufficientUserAuthenticationError(Math.max(...ages))
  const within = ways.filter((way) => isWithinReach(way.scopes, standing))
  return new InsufficientScopeError(nearest(within.length > 0 ? within : ways, scopes))
}

/** Whether another credential for the same subject could bring all of these scopes: the application allows what is lacking. */
export function isWithinReach(scopes: readonly string[], { principal, carried, allowed }: Standing): boolean {
  return scopes.every(
    (scope) => principal.scopes.has(scope) || (carried !== null && !carried.has(scope) && (allowed?.has(scope) ?? true))
  )
}

/** The scopes of the alternative that the held ones are nearest to, the first of several. */
export function nearest(ways: readonly Alternative[], held: ReadonlySet<string>): readonly string[] {
  const lacks = (way: Alternative): number => way.scopes.filter((scope) => !held.has(scope)).length
  return ways.reduce((best, way) => (lacks(way) < lacks(best) ? way : best)).scopes
}

function holds(held: ReadonlySet<string>, { scopes }: Alternative): boolean {
  for (const scope of scopes) if (!held.has(scope)) return false
  return true
}

function isRecent({ authenticatedAt }: Principal, { maxAge }: Alternative, now: () => number): boolean {
  if (maxAge === null) return true
  // An authenticator may give no time at all. A time in the future proves nothing: milliseconds in place of seconds, say.
  if (!Number.isFinite(authenticatedAt)) return false
  const age = now() - Number(authenticatedAt) * 1000
  return age <= maxAge * 1000 && age >= -CLOCK_TOLERANCE * 1000
}
