import type { FastifyRequest } from 'fastify'
import { isObject } from '@latchkey/options'
import type { Authenticator } from './authenticator.ts'
import { InvalidTokenError } from './errors.ts'
import { frozenData } from './frozen-data.ts'
import type { Authentication, Principal, PrincipalUser } from './principal.ts'
import { isReadonly, withoutChanges } from './readonly-scopes.ts'
import type { ScopesOfRoles } from './role-catalog.ts'
import { scopeTokens } from './scope.ts'
import type { ScopeCatalog } from './scope-catalog.ts'

/** The functions of the application that complete a principal. */
export interface Application {
  readonly resolveUser?:
    | ((
        principal: Omit<Principal, 'scopes' | 'user'>,
        request: FastifyRequest
      ) => MaybePromise<PrincipalUser | null | undefined | false>)
    | undefined
  readonly permissions?:
    | ((principal: Omit<Principal, 'scopes'>, request: FastifyRequest) => MaybePromise<Iterable<string>>)
    | undefined
}

/** A value, or a promise of it. */
export type MaybePromise<Value> = Value | Promise<Value>

/** The authenticator that accepted a credential, and its result. */
export interface Vouched {
  readonly by: Authenticator
  readonly authentication: Authentication
}

/** A principal, and the two sets that its scopes are made from. */
export interface Standing {
  readonly principal: Principal
  /** The scopes that the credential carries, with those that they imply; `null` for all that its subject may do. */
  readonly carried: ReadonlySet<string> | null
  /** The scopes that `permissions` and the roles allow, with those that they imply; `null` if neither restricts the caller. */
  readonly allowed: ReadonlySet<string> | null
}

/** Makes a principal from an authentication, the application's functions and the implied scopes. */
export type MakePrincipal = (request: FastifyRequest, vouched: Vouched) => MaybePromise<Standing>

/**
 * Makes a new principal for each request, so that a handler's changes do not outlive the request. If the application has
 * neither function, and the authenticator reuses one frozen authentication, one immutable principal is shared by its requests.
 */
export function principals(
  catalog: ScopeCatalog,
  { resolveUser, permissions }: Application,
  scopesOfRoles: ScopesOfRoles | null
): MakePrincipal {
  const frozenClaims = new WeakMap<Authentication, Authentication['claims']>()
  const expansions = new WeakMap<ReadonlySet<string>, ReadonlySet<string>>()

  if (!resolveUser && !permissions) {
    const made = new WeakMap<Authentication, Standing>()
    return (_request, { by, authentication }) => {
      const earlier = made.get(authentication)
      if (earlier?.principal.scheme === by.scheme) return earlier
      try {
        return standingOf(by, authentication)
      } catch (error) {
        // Claims, scopes or roles of an odd form. All failures reject, so that they have one kind of answer.
        return rejected(error)
      }
    }

    function standingOf(by: Authenticator, authentication: Authentication): Standing {
      const carried = authentication.scopes && expanded(authentication.scopes)
      const allowed = scopesOfRoles?.(authentication.roles) ?? null
      const scopes = allowed === null ? (carried ?? NONE) : withoutChanges(effective(carried, allowed))
      // An authenticator may return further members. They do not replace those of the principal.
      const given: Authentication & Partial<Pick<Principal, 'scheme' | 'user'>> = authentication
      const { claims: _claims, scopes: _scopes, roles: _roles, scheme: _scheme, user: _user, ...who } = given
      // Cast: without resolveUser, `user` is undefined, which `PrincipalTypes` does not express.
      const principal = Object.freeze({
        claims: claimsOf(authentication),
        scheme: by.scheme,
        scopes,
        ...who
      } as Principal)
      const standing = { principal, carried, allowed }
      if (Object.isFrozen(authentication)) made.set(authentication, standing)
      return standing
    }
  }
  return async (request, { by, authentication }) => {
    // `resolveUser` and `permissions` do not get the credential's scopes: they may be cached for longer than the request.
    const { scopes: given, roles: ofCredential, ...who } = authentication
    const known = { ...who, claims: claimsOf(authentication), scheme: by.scheme }
    const user = await resolveUser?.(known, request)
    // `false` counts too: `user && !user.disabled && user` can return it.
    if (resolveUser && !user) throw new InvalidTokenError('The credentials are no longer valid')
    // Cast: without resolveUser, `user` is undefined, which `PrincipalTypes` does not express.
    const withUser = { ...known, user } as Omit<Principal, 'scopes'>
    const permitted = permissions ? catalog.expand(scopeTokens(await permissions(withUser, request))) : null
    const byRoles = scopesOfRoles?.(rolesOf(user, ofCredential)) ?? null
    const allowed = byRoles === null ? permitted : effective(permitted, byRoles)
    const carried = given && catalog.expand(given)
    const principal = Object.freeze({ ...withUser, scopes: withoutChanges(effective(carried, allowed)) })
    return { principal, carried, allowed }
  }

  /** Returns the scopes and those that they imply, in an immutable set; the same one for the same immutable scopes. */
  function expanded(scopes: ReadonlySet<string>): ReadonlySet<string> {
    const known = expansions.get(scopes)
    if (known) return known
    const all = withoutChanges(catalog.expand(scopes))
    if (isReadonly(scopes)) expansions.set(scopes, all)
    return all
  }

  /** Returns the claims frozen, even if the authenticator did not freeze them: another request may get the same object. */
  function claimsOf(authentication: Authentication): Authentication['claims'] {
    if (!Object.isFrozen(authentication)) return frozenData(authentication.claims)
    const earlier = frozenClaims.get(authentication)
    if (earlier) return earlier
    const claims = frozenData(authentication.claims)
    frozenClaims.set(authentication, claims)
    return claims
  }
}

const NONE = withoutChanges(new Set())

async function rejected(error: unknown): Promise<never> {
  throw error
}

/** The roles that the application's record has now, or else those of the credential. A record with empty roles has none. */
function rolesOf(user: unknown, ofCredential: Authentication['roles']): unknown {
  if (!isObject(user) || !('roles' in user)) return ofCredential
  return user['roles'] ?? []
}

function effective(carried: ReadonlySet<string> | null, allowed: ReadonlySet<string> | null): ReadonlySet<string> {
  if (!carried) return allowed ?? new Set()
  return allowed ? new Set([...carried].filter((scope) => allowed.has(scope))) : carried
}
