import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Authenticator } from './authenticator.ts'
import { checkAuthenticator } from './check-authenticator.ts'
import type { Challenger } from './challenge.ts'
import type { CrossOrigin } from './cross-origin.ts'
import { type Denials, denials } from './denial.ts'
import { AuthenticationRequiredError, InvalidTokenError } from './errors.ts'
import { announceAuthentication, announceAuthorization, type Caller } from './events.ts'
import type { Authentication } from './principal.ts'
import type { MakePrincipal, MaybePromise, Standing, Vouched } from './principals.ts'
import { isScopes } from './readonly-scopes.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import type { RouteAccess } from './route-access.ts'
import { type HeaderPolicy, settleHeaders } from './settled-headers.ts'
import { insufficiency, isSufficient } from './sufficiency.ts'

/** Authorizes requests. There is one for each guarded context. */
export interface Authorization {
  /**
   * In the order in which the guard asks them: explicit credentials first, then credentials that browsers send automatically.
   */
  readonly authenticators: readonly Authenticator[]
  add(authenticator: Authenticator): void
  /**
   * Returns the principal that the route's rule admits, with the origin of its scopes; `null` for an anonymous caller on an
   * open route; `'redirected'` if the answer redirects a browser to sign in. Creates no promise if the authenticator returns
   * none and the application has no `resolveUser` and no `permissions`.
   *
   * @throws the refusal, after its headers are set on the reply
   */
  authorize(request: FastifyRequest, reply: FastifyReply, access: RouteAccess): MaybePromise<Admitted>
  /** Headers, log lines and events of refusals: those of the guard, and those that the application throws. */
  readonly denials: Denials
}

type Admitted = Standing | null | 'redirected'

/** The dependencies of an authorization. */
export interface Means {
  readonly makePrincipal: MakePrincipal
  readonly challenger: Challenger
  readonly crossOrigin: CrossOrigin
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Creates an authorization without authenticators. */
export function authorization({ makePrincipal, challenger, crossOrigin, now }: Means): Authorization {
  const authenticators: Authenticator[] = []
  const waysIn = { all: authenticators, vary: '' }
  const told = denials(challenger, waysIn)
  let forAnyone: HeaderPolicy = { vary: '', storing: 'anyone' }
  let forOne: HeaderPolicy = { vary: '', storing: 'private' }

  return {
    authenticators,
    denials: told,
    add(authenticator) {
      checkAuthenticator(authenticator)
      if (authenticators.some(({ scheme }) => scheme === authenticator.scheme)) {
        throw new TypeError(`an authenticator for the scheme "${authenticator.scheme}" is registered already`)
      }
      authenticators.push(authenticator)
      authenticators.sort((a, b) => Number(a.ambient) - Number(b.ambient))
      waysIn.vary = [...new Set(authenticators.map(({ header }) => header))].join(', ')
      forAnyone = { vary: waysIn.vary, storing: 'anyone' }
      forOne = { vary: waysIn.vary, storing: 'private' }
      challenger.update(authenticators)
      crossOrigin.update(authenticators)
    },
    authorize(request, reply, access) {
      const vouched = identify(request, reply, access, 0)
      if (vouched instanceof Promise) return vouched.then((settled) => judge(request, reply, access, settled))
      return judge(request, reply, access, vouched)
    }
  }

  /** Asks the authenticators in order, until one returns an authentication or refuses the credential. */
  function identify(
    request: FastifyRequest,
    reply: FastifyReply,
    access: RouteAccess,
    from: number
  ): MaybePromise<Vouched | null> {
    for (let at = from; at < authenticators.length; at++) {
      const by = authenticators[at] as Authenticator // `at` is within bounds
      // All later authenticators are ambient too.
      if (by.ambient && crossOrigin.isWithoutCookies(request)) return null
      try {
        const answer: unknown = by.authenticate(request)
        // Any thenable counts as a promise: it may come from another realm.
        if (isThenable(answer)) {
          return Promise.resolve(answer)
            .then(checked)
            .then(
              (settled) => (settled ? { by, authentication: settled } : identify(request, reply, access, at + 1)),
              (error: unknown) => refuseCredential(request, reply, access, error, by, by)
            )
        }
        const authentication = checked(answer)
        if (authentication) return { by, authentication }
      } catch (error) {
        return refuseCredential(request, reply, access, error, by, by)
      }
    }
    return null
  }

  function judge(
    request: FastifyRequest,
    reply: FastifyReply,
    access: RouteAccess,
    vouched: Vouched | null
  ): MaybePromise<Admitted> {
    if (!vouched) return admitAnonymous(request, reply, access)
    const { by, authentication } = vouched
    const foreign = by.ambient ? crossOrigin.refusalOf(request, true) : null
    if (foreign) return refuseCredential(request, reply, access, foreign, { ...authentication, scheme: by.scheme }, by)
    const standing = makePrincipal(request, vouched)
    if (!(standing instanceof Promise)) return admit(request, reply, access, standing, by)
    return standing.then(
      (settled) => admit(request, reply, access, settled, by),
      (error: unknown) => {
        // The user cannot remove a cookie that the browser sends automatically. If its credential is no longer valid, the
        // caller is anonymous, so that the routes that sign in and out stay reachable.
        if (by.ambient && error instanceof InvalidTokenError) return admitAnonymous(request, reply, access)
        return refuseCredential(request, reply, access, error, { ...authentication, scheme: by.scheme }, by)
      }
    )
  }

  function admitAnonymous(request: FastifyRequest, reply: FastifyReply, access: RouteAccess): Admitted {
    announceAuthentication(request, access, 'anonymous', null, null)
    // On a route that requires credentials, the 401 challenge is more useful than the cross-site refusal.
    const refusal = access.open ? crossOrigin.refusalOf(request, false) : new AuthenticationRequiredError()
    if (refusal) return turnAway(request, reply, access, null, refusal, undefined)
    announceAuthorization(request, access, null, null)
    settleHeaders(reply, forAnyone)
    return null
  }

  function admit(
    request: FastifyRequest,
    reply: FastifyReply,
    access: RouteAccess,
    standing: Standing,
    by: Authenticator
  ): Admitted {
    const { principal } = standing
    announceAuthentication(request, access, 'accepted', principal, null)
    if (!isSufficient(access.alternatives, principal, now)) {
      return turnAway(request, reply, access, standing, insufficiency(access.alternatives, standing), by)
    }
    announceAuthorization(request, access, principal, null)
    settleHeaders(reply, forOne)
    return standing
  }

  /** Redirects the caller to sign in, or refuses the request. The caller's credential is valid, or there is none. */
  function turnAway(
    request: FastifyRequest,
    reply: FastifyReply,
    access: RouteAccess,
    standing: Standing | null,
    refusal: Refusal,
    by: Authenticator | undefined
  ): Admitted {
    const caller = standing?.principal ?? null
    const url = told.deny({ request, reply, access, refusal, of: 'access', caller, standing, by })
    if (url === null) throw refusal
    reply.redirect(url, 303)
    return 'redirected'
  }

  function refuseCredential(
    request: FastifyRequest,
    reply: FastifyReply,
    access: RouteAccess,
    error: unknown,
    caller: Caller,
    by: Authenticator
  ): never {
    const refusal = refusalOf(error)
    told.deny({ request, reply, access, refusal, of: 'credential', caller, standing: null, by })
    throw refusal
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Returns an authenticator's answer if it is valid. Throws for an authentication without a subject or with wrong scopes. */
function checked(answer: unknown): Authentication | null {
  if (answer === null || answer === undefined) return null
  const { subject, scopes } = answer as Partial<Authentication>
  if (typeof subject === 'string' && subject !== '' && (scopes === null || isScopes(scopes))) {
    // The guard does not decide by the other members, so it does not check them.
    return answer as Authentication
  }
  throw new TypeError(
    'An authenticator must give an authentication with a subject, and a Set of scopes or null, or null'
  )
}
