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

/** Judges requests. A fresh one is made for each guarded context. */
export interface Authorization {
  /** In the order in which they are asked: explicit credentials before those that a browser sends by itself. */
  readonly authenticators: readonly Authenticator[]
  add(authenticator: Authenticator): void
  /**
   * The principal that a route's rule lets in, with what its scopes come of, or `null` for an anonymous caller on an open
   * route, or `'redirected'` where the answer to a browser shows it where to sign in. Makes no promise when the authenticator
   * makes none and the application is not asked.
   *
   * @throws the refusal, once its headers are on the reply
   */
  authorize(request: FastifyRequest, reply: FastifyReply, access: RouteAccess): MaybePromise<Admitted>
  /** What is said of refusals: of these, and of those that the application throws. */
  readonly denials: Denials
}

type Admitted = Standing | null | 'redirected'

/** What requests are judged with. */
export interface Means {
  readonly makePrincipal: MakePrincipal
  readonly challenger: Challenger
  readonly crossOrigin: CrossOrigin
  /** In milliseconds since the epoch. */
  readonly now: () => number
}

/** An authorization without authenticators yet. */
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

  /** Asks one authenticator after the other until one vouches or refuses. */
  function identify(
    request: FastifyRequest,
    reply: FastifyReply,
    access: RouteAccess,
    from: number
  ): MaybePromise<Vouched | null> {
    for (let at = from; at < authenticators.length; at++) {
      const by = authenticators[at] as Authenticator // `at` is within bounds
      // All that come after it are ambient too.
      if (by.ambient && crossOrigin.isWithoutCookies(request)) return null
      try {
        const answer: unknown = by.authenticate(request)
        // Whatever can be awaited is a promise, if not one of this realm's.
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
        // Nobody can take a cookie out of a browser that sends it by itself: whoever is no longer anybody is anonymous, and
        // still gets to the routes that sign in and out.
        if (by.ambient && error instanceof InvalidTokenError) return admitAnonymous(request, reply, access)
        return refuseCredential(request, reply, access, error, { ...authentication, scheme: by.scheme }, by)
      }
    )
  }

  function admitAnonymous(request: FastifyRequest, reply: FastifyReply, access: RouteAccess): Admitted {
    announceAuthentication(request, access, 'anonymous', null, null)
    // Where nobody is let in without a credential, the challenge for one is the better answer to every page.
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

  /** Whoever is not let in, with a credential that is in order or none, is shown where to sign in, or refused. */
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

/** An authenticator's answer, unless it is one that would let somebody in who is nobody. */
function checked(answer: unknown): Authentication | null {
  if (answer === null || answer === undefined) return null
  const { subject, scopes } = answer as Partial<Authentication>
  if (typeof subject === 'string' && subject !== '' && (scopes === null || isScopes(scopes))) {
    // The rest is the authenticator's word, and decides nothing here.
    return answer as Authentication
  }
  throw new TypeError(
    'An authenticator must give an authentication with a subject, and a Set of scopes or null, or null'
  )
}
