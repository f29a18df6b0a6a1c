import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Authenticator, checkAuthenticator } from './authenticator.ts'
import type { Challenger } from './challenge.ts'
import { logDenial } from './denial-log.ts'
import { AuthenticationRequiredError, InvalidTokenError } from './errors.ts'
import { announceAuthentication, announceAuthorization, type Caller } from './events.ts'
import type { Authentication, Principal } from './principal.ts'
import type { MakePrincipal, MaybePromise, Vouched } from './principals.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import type { RouteAccess } from './route-access.ts'
import { signInUrl } from './sign-in-url.ts'
import { insufficiency, isSufficient } from './sufficiency.ts'

/** Judges requests. A fresh one is made for each guarded context. */
export interface Authorization {
  /** In the order in which they are asked: explicit credentials before those that a browser sends by itself. */
  readonly authenticators: readonly Authenticator[]
  add(authenticator: Authenticator): void
  /**
   * The principal that a route's rule lets in, or `null` for an anonymous caller on an open route, or `'redirected'`
   * where the answer to a browser shows it where to sign in. Makes no promise when the authenticator makes none and the
   * application is not asked.
   *
   * @throws the refusal, once its headers are on the reply
   */
  authorize(request: FastifyRequest, reply: FastifyReply, access: RouteAccess): MaybePromise<Admitted>
}

type Admitted = Principal | null | 'redirected'

/** What requests are judged with. */
export interface Means {
  readonly makePrincipal: MakePrincipal
  readonly challenger: Challenger
  /** In milliseconds since the epoch. */
  readonly now: () => number
}

/** An authorization without authenticators yet. */
export function authorization({ makePrincipal, challenger, now }: Means): Authorization {
  const authenticators: Authenticator[] = []
  let vary = ''

  return {
    authenticators,
    add(authenticator) {
      checkAuthenticator(authenticator)
      if (authenticators.some(({ scheme }) => scheme === authenticator.scheme)) {
        throw new TypeError(`an authenticator for the scheme "${authenticator.scheme}" is registered already`)
      }
      authenticators.push(authenticator)
      authenticators.sort((a, b) => Number(a.ambient) - Number(b.ambient))
      vary = [...new Set(authenticators.map(({ header }) => header))].join(', ')
      challenger.update(authenticators)
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
    const principal = makePrincipal(request, vouched)
    if (!(principal instanceof Promise)) return admit(request, reply, access, principal, by)
    return principal.then(
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
    if (access.open) {
      announceAuthorization(request, access, null, null)
      addVary(reply)
      return null
    }
    return turnAway(request, reply, access, null, new AuthenticationRequiredError(), undefined)
  }

  function admit(
    request: FastifyRequest,
    reply: FastifyReply,
    access: RouteAccess,
    principal: Principal,
    by: Authenticator
  ): Admitted {
    announceAuthentication(request, access, 'accepted', principal, null)
    if (!isSufficient(access.alternatives, principal, now)) {
      return turnAway(request, reply, access, principal, insufficiency(access.alternatives, principal), by)
    }
    announceAuthorization(request, access, principal, null)
    keepFromSharedCaches(reply)
    return principal
  }

  /** Whoever is not let in, with a credential that is in order or none, is shown where to sign in, or refused. */
  function turnAway(
    request: FastifyRequest,
    reply: FastifyReply,
    access: RouteAccess,
    principal: Principal | null,
    refusal: Refusal,
    by: Authenticator | undefined
  ): Admitted {
    announceAuthorization(request, access, principal, refusal)
    const url = signInUrl(request, refusal, by ? [by] : authenticators)
    if (url === null) return refuse(request, reply, access, principal, refusal, by)
    logDenial(request, access, principal, refusal)
    keepFromSharedCaches(reply)
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
    announceAuthentication(request, access, 'refused', caller, refusal)
    return refuse(request, reply, access, caller, refusal, by)
  }

  function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    access: RouteAccess,
    caller: Caller | null,
    refusal: Refusal,
    by: Authenticator | undefined
  ): never {
    logDenial(request, access, caller, refusal)
    keepFromSharedCaches(reply)
    challenger.write(reply, refusal, by)
    throw refusal
  }

  /** What depends on who asks is for the one who asks (RFC 9111 §3.5, §4.1). A handler may say otherwise. */
  function keepFromSharedCaches(reply: FastifyReply): void {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    addVary(reply)
  }

  function addVary(reply: FastifyReply): void {
    const earlier = reply.getHeader('vary')
    if (vary !== '') reply.header('vary', earlier === undefined ? vary : `${String(earlier)}, ${vary}`)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** An authenticator's answer, unless it is one that would let somebody in who is nobody. */
function checked(answer: unknown): Authentication | null {
  if (answer === null || answer === undefined) return null
  const { subject, scopes } = answer as Partial<Authentication>
  if (typeof subject === 'string' && subject !== '' && (scopes === null || scopes instanceof Set)) {
    // The rest is the authenticator's word, and decides nothing here.
    return answer as Authentication
  }
  throw new TypeError(
    'An authenticator must give an authentication with a subject, and a Set of scopes or null, or null'
  )
}
