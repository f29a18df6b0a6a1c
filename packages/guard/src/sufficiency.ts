import { InsufficientScopeError, type InsufficientUserAuthenticationError } from './errors.ts'
import type { Principal } from './principal.ts'
import type { Standing } from './principals.ts'
import { isRecent, staleLogin } from './step-up-authentication.ts'
import type { Alternative } from './rules.ts'

/**
 * Whether a caller satisfies one of the alternatives.
 *
 * @param now - milliseconds since the epoch; called only if an alternative requires a recent login
 */
export function isSufficient(ways: readonly Alternative[], principal: Principal, now: () => number): boolean {
  for (const way of ways) if (holds(principal.scopes, way) && isRecent(principal, way, now)) return true
  return false
}

/**
 * Returns the error for a caller who satisfies none of the alternatives. If a new login alone is enough, it is an
 * InsufficientUserAuthenticationError. Otherwise it is an InsufficientScopeError with the scopes of the alternative that the
 * caller lacks the fewest scopes of; alternatives that another credential could satisfy come first. The scopes are those that
 * the rule names, without scopes that imply them or are implied.
 */
export function insufficiency(
  ways: readonly Alternative[],
  standing: Standing
): InsufficientUserAuthenticationError | InsufficientScopeError {
  const { scopes } = standing.principal
  const stale = staleLogin(ways, (way) => holds(scopes, way))
  if (stale !== null) return stale
  const within = ways.filter((way) => isWithinReach(way.scopes, standing))
  return new InsufficientScopeError(nearest(within.length > 0 ? within : ways, scopes))
}

/** Whether another credential for the same subject could carry all of these scopes: the application allows the missing ones. */
export function isWithinReach(scopes: readonly string[], { principal, carried, allowed }: Standing): boolean {
  return scopes.every(
    (scope) => principal.scopes.has(scope) || (carried !== null && !carried.has(scope) && (allowed?.has(scope) ?? true))
  )
}

/** Returns the scopes of the alternative with the fewest missing scopes; the first one if several have as few. */
export function nearest(ways: readonly Alternative[], held: ReadonlySet<string>): readonly string[] {
  const lacks = (way: Alternative): number => way.scopes.filter((scope) => !held.has(scope)).length
  return ways.reduce((best, way) => (lacks(way) < lacks(best) ? way : best)).scopes
}

function holds(held: ReadonlySet<string>, { scopes }: Alternative): boolean {
  for (const scope of scopes) if (!held.has(scope)) return false
  return true
}
