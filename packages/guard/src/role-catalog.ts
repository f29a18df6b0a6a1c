import { isObject, RegistrationError } from '@latchkey/options'
import { isScopeToken } from './scope.ts'
import type { ScopeCatalog } from './scope-catalog.ts'

/** The scopes that each role gives: `{ editor: ['items:write'] }`. */
export type RoleScopes = Readonly<Record<string, readonly string[]>>

/**
 * Returns the scopes that roles give, with those that they imply. `null`: no roles are given, which restricts nothing. An unknown
 * role gives nothing, and so does a value that is no role.
 *
 * @param roles - one role, or a list or a Set of roles
 */
export type ScopesOfRoles = (roles: unknown) => ReadonlySet<string> | null

/**
 * Returns the function for the option `roles`; `null` without it.
 *
 * @throws RegistrationError when a role names a scope that is no scope token or that the option `scopes` does not describe
 */
export function scopesOfRoles(roles: RoleScopes | undefined, catalog: ScopeCatalog): ScopesOfRoles | null {
  if (roles === undefined) return null
  // A Map: it has no role such as `constructor`.
  const known = new Map<unknown, ReadonlySet<string>>()
  for (const [role, scopes] of Object.entries(roles)) {
    const [unknown] = [
      ...scopes.filter((scope) => !isScopeToken(scope)),
      ...catalog.unknownIn([{ authenticated: true, scopes, maxAge: null }])
    ]
    if (unknown !== undefined) {
      throw new RegistrationError(
        '@latchkey/guard',
        `roles.${role} must name only scopes that the option scopes describes; "${unknown}" is none of them`
      )
    }
    known.set(role, catalog.expand(scopes))
  }
  return (given) => {
    if (given === undefined) return null
    const scopes = new Set<string>()
    for (const role of listed(given)) for (const scope of known.get(role) ?? []) scopes.add(scope)
    return scopes
  }
}

function listed(roles: unknown): Iterable<unknown> {
  if (typeof roles === 'string') return [roles]
  return isObject(roles) && Symbol.iterator in roles ? (roles as object as Iterable<unknown>) : []
}
