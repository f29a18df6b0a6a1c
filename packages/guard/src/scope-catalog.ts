import { RegistrationError } from '@latchkey/options'
import type { Alternative } from './rules.ts'
import { isScopeToken } from './scope.ts'
import type { ScopeDescriptions } from './security-scheme.ts'

/** The scopes that a scope includes: `{ 'items:write': ['items:read'] }`. */
export type ScopeHierarchy = Readonly<Record<string, readonly string[]>>

/** The described scopes of a server, and the scopes that they include. */
export interface ScopeCatalog {
  readonly descriptions: ScopeDescriptions
  /** Returns the given scopes and all scopes that they imply, at any depth. */
  expand(scopes: Iterable<string>): ReadonlySet<string>
  /** Returns the scopes of a rule's alternatives that the server does not describe: probably typing errors. */
  unknownIn(ways: readonly Alternative[]): readonly string[]
}

/**
 * @throws RegistrationError when a scope is not a scope token (RFC 6749 §3.3), or the hierarchy names a scope without a
 * description
 */
export function scopeCatalog(descriptions: ScopeDescriptions | undefined, implies: ScopeHierarchy = {}): ScopeCatalog {
  const known = descriptions && new Set(Object.keys(descriptions))
  const isKnown = (scope: string): boolean => known === undefined || known.has(scope)

  for (const scope of known ?? []) {
    if (!isScopeToken(scope))
      throw new RegistrationError(PLUGIN, 'scopes must have only scope tokens (RFC 6749 §3.3) as keys')
  }
  const direct = new Map(Object.entries(implies).map(([scope, implied]) => [scope, [...implied]]))
  for (const [scope, implied] of direct) {
    const unknown = [scope, ...implied].find((name) => !isScopeToken(name) || !isKnown(name))
    if (unknown === undefined) continue
    throw new RegistrationError(
      PLUGIN,
      `implies must name only scopes that the option scopes describes; "${unknown}" is none of them`
    )
  }

  return {
    descriptions: Object.freeze({ ...descriptions }),
    // A loop over a Set also visits members added meanwhile. So implied scopes are expanded too, and a circle ends.
    expand(scopes) {
      const held = new Set(scopes)
      for (const scope of held) for (const implied of direct.get(scope) ?? []) held.add(implied)
      return held
    },
    unknownIn(ways) {
      if (ways.every(({ scopes }) => scopes.every(isKnown))) return []
      return [...new Set(ways.flatMap(({ scopes }) => scopes))].filter((scope) => !isKnown(scope))
    }
  }
}

const PLUGIN = '@latchkey/guard'
