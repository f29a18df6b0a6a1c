import { InvalidOptionError } from './errors.ts'
import { type AccessRule, alternatives } from './rules.ts'
import { isScopeToken } from './scope.ts'
import type { ScopeDescriptions } from './security-scheme.ts'

/** What a scope lets its holder do beside itself: `{ 'items:write': ['items:read'] }`. */
export type ScopeHierarchy = Readonly<Record<string, readonly string[]>>

/** The scopes that a server knows, and which of them bring others along. */
export interface ScopeCatalog {
  readonly descriptions: ScopeDescriptions
  /** The given scopes and all that they imply, however deep. */
  expand(scopes: Iterable<string>): ReadonlySet<string>
  /** The scopes that a rule asks for and that the server has never heard of: most likely typing errors. */
  unknownIn(rule: AccessRule): readonly string[]
}

/**
 * @throws InvalidOptionError when a scope is none by RFC 6749 §3.3, or the hierarchy names a scope that is not described
 */
export function scopeCatalog(descriptions: ScopeDescriptions | undefined, implies: ScopeHierarchy = {}): ScopeCatalog {
  const known = descriptions && new Set(Object.keys(descriptions))
  const isKnown = (scope: string): boolean => known === undefined || known.has(scope)

  for (const scope of known ?? []) {
    if (!isScopeToken(scope))
      throw new InvalidOptionError(PLUGIN, 'scopes', 'has a key that is no scope token (RFC 6749 §3.3)')
  }
  const direct = new Map(Object.entries(implies))
  for (const [scope, implied] of direct) {
    const unknown = [scope, ...implied].find((name) => !isScopeToken(name) || !isKnown(name))
    if (unknown === undefined) continue
    throw new InvalidOptionError(
      PLUGIN,
      'implies',
      `names the scope "${unknown}", which the option "scopes" does not describe`
    )
  }

  return {
    descriptions: Object.freeze({ ...descriptions }),
    // A Set grows while it is walked, so what is implied by the implied is reached too, and a circle ends.
    expand(scopes) {
      const held = new Set(scopes)
      for (const scope of held) for (const implied of direct.get(scope) ?? []) held.add(implied)
      return held
    },
    unknownIn: (rule) =>
      [...new Set(alternatives(rule).flatMap(({ scopes }) => scopes))].filter((scope) => !isKnown(scope))
  }
}

const PLUGIN = '@latchkey/guard'
