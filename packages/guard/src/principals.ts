import type { FastifyRequest } from 'fastify'
import type { Authenticator } from './authenticator.ts'
import { InvalidTokenError } from './errors.ts'
import type { Authentication, Principal, PrincipalUser } from './principal.ts'
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

/** Makes principals: of what was vouched for, what the application says, and what scopes imply. */
export type MakePrincipal = (request: FastifyRequest, vouched: Vouched) => MaybePromise<Principal>

/**
 * A principal is made anew for each request, so that nothing that a handler does to it outlives the request. Where the
 * application is not asked, and the authenticator hands out one frozen authentication again and again, there is one
 * principal for it, and nothing in it can be changed.
 */
export function principals(catalog: ScopeCatalog, { resolveUser, permissions }: Application): MakePrincipal {
  if (!resolveUser && !permissions) {
    const made = new WeakMap<Authentication, Principal>()
    return (_request, { by, authentication }) => {
      const earlier = made.get(authentication)
      if (earlier?.scheme === by.scheme) return earlier
      const scopes = unchangeable(catalog.expand(authentication.scopes ?? []))
      // There is no user without resolveUser, whatever type the application gives it.
      const principal = Object.freeze({ ...authentication, scheme: by.scheme, scopes } as Principal)
      if (Object.isFrozen(authentication)) made.set(authentication, principal)
      return principal
    }
  }
  return async (request, { by, authentication }) => {
    // What the credential carries is not the application's to change: it may be remembered for longer than the request.
    const { scopes: carried, ...who } = authentication
    const known = { ...who, scheme: by.scheme }
    const user = await resolveUser?.(known, request)
    // `false` too: it is what `user && !user.disabled && user` comes to.
    if (resolveUser && !user) throw new InvalidTokenError('The credentials are no longer valid')
    // As above.
    const withUser = { ...known, user } as Omit<Principal, 'scopes'>
    const allowed = permissions && catalog.expand(scopeTokens(await permissions(withUser, request)))
    return Object.freeze({ ...withUser, scopes: effective(carried, allowed) })
  }

  function effective(
    carried: ReadonlySet<string> | null,
    allowed: ReadonlySet<string> | undefined
  ): ReadonlySet<string> {
    if (!carried) return allowed ?? new Set()
    const expanded = catalog.expand(carried)
    return allowed ? new Set([...expanded].filter((scope) => allowed.has(scope))) : expanded
  }
}

function unchangeable(scopes: ReadonlySet<string>): ReadonlySet<string> {
  return Object.freeze(Object.assign(scopes, { add: refuse, delete: refuse, clear: refuse }))
}

function refuse(): never {
  throw new TypeError('The scopes of a principal cannot be changed')
}
