import type { FastifyRequest } from 'fastify'
import type { Authenticator } from './authenticator.ts'
import { InvalidTokenError } from './errors.ts'
import { frozenData } from './frozen-data.ts'
import type { Authentication, Principal, PrincipalUser } from './principal.ts'
import { withoutChanges } from './readonly-scopes.ts'
import { scopeTokens } from './scope.ts'
import type { ScopeCatalog } from './scope-catalog.ts'

/** What the application itself says about a caller. */
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

/** Now, or later. */
export type MaybePromise<Value> = Value | Promise<Value>

/** Who vouched, and for what. */
export interface Vouched {
  readonly by: Authenticator
  readonly authentication: Authentication
}

/** A principal, and what its scopes come of. */
export interface Standing {
  readonly principal: Principal
  /** What the credential carries, and what that implies; `null` for all that its subject may do. */
  readonly carried: ReadonlySet<string> | null
  /** What `permissions` allows, and what that implies; `null` without that option. */
  readonly allowed: ReadonlySet<string> | null
}

/** Makes principals: of what was vouched for, what the application says, and what scopes imply. */
export type MakePrincipal = (request: FastifyRequest, vouched: Vouched) => MaybePromise<Standing>

/**
 * A principal is made anew for each request, so that nothing that a handler does to it outlives the request. Where the
 * application is not asked, and the authenticator hands out one frozen authentication again and again, there is one
 * principal for it, and nothing in it can be changed.
 */
export function principals(catalog: ScopeCatalog, { resolveUser, permissions }: Application): MakePrincipal {
  const frozenClaims = new WeakMap<Authentication, Authentication['claims']>()

  if (!resolveUser && !permissions) {
    const made = new WeakMap<Authentication, Standing>()
    return (_request, { by, authentication }) => {
      const earlier = made.get(authentication)
      if (earlier?.principal.scheme === by.scheme) return earlier
      const scopes = withoutChanges(catalog.expand(authentication.scopes ?? []))
      // There is no user without resolveUser, whatever type the application gives it.
      const principal = Object.freeze({
        ...authentication,
        claims: claimsOf(authentication),
        scheme: by.scheme,
        scopes
      } as Principal)
      const standing = { principal, carried: authentication.scopes && scopes, allowed: null }
      if (Object.isFrozen(authentication)) made.set(authentication, standing)
      return standing
    }
  }
  return async (request, { by, authentication }) => {
    // What the credential carries is not the application's to change: it may be remembered for longer than the request.
    const { scopes: given, ...who } = authentication
    const known = { ...who, claims: claimsOf(authentication), scheme: by.scheme }
    const user = await resolveUser?.(known, request)
    // `false` too: it is what `user && !user.disabled && user` comes to.
    if (resolveUser && !user) throw new InvalidTokenError('The credentials are no longer valid')
    // As above.
    const withUser = { ...known, user } as Omit<Principal, 'scopes'>
    const allowed = permissions ? catalog.expand(scopeTokens(await permissions(withUser, request))) : null
    const carried = given && catalog.expand(given)
    const principal = Object.freeze({ ...withUser, scopes: withoutChanges(effective(carried, allowed)) })
    return { principal, carried, allowed }
  }

  /** Frozen, whatever the authenticator does with them: another request may get the same. */
  function claimsOf(authentication: Authentication): Authentication['claims'] {
    if (!Object.isFrozen(authentication)) return frozenData(authentication.claims)
    const earlier = frozenClaims.get(authentication)
    if (earlier) return earlier
    const claims = frozenData(authentication.claims)
    frozenClaims.set(authentication, claims)
    return claims
  }
}

function effective(carried: ReadonlySet<string> | null, allowed: ReadonlySet<string> | null): ReadonlySet<string> {
  if (!carried) return allowed ?? new Set()
  return allowed ? new Set([...carried].filter((scope) => allowed.has(scope))) : carried
}
