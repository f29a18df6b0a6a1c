import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Authenticator, checkAuthenticator } from './authenticator.ts'
import { challenge } from './challenge.ts'
import {
  AuthenticationRequiredError,
  CrossSiteRequestError,
  GuardFailureError,
  InsufficientScopeError,
  InvalidRequestError,
  InvalidTokenError,
  UnavailableError
} from './errors.ts'
import type { Authentication, Principal } from './principal.ts'
import type { MakePrincipal, MaybePromise, Vouched } from './principals.ts'
import type { RouteAccess } from './route-access.ts'
import type { Alternative } from './rules.ts'
import { signInUrl } from './sign-in-url.ts'

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

/** An authorization without authenticators yet. */
export function authorization(makePrincipal: MakePrincipal): Authorization {
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
    },
    authorize(request, reply, access) {
      const vouched = identify(request, reply, 0)
      if (vouched instanceof Promise) return vouched.then((settled) => judge(request, reply, access, settled))
      return judge(request, reply, access, vouched)
    }
  }

  /** Asks one authenticator after the other until one vouches or refuses. */
  function identify(request: FastifyRequest, reply: FastifyReply, from: number): MaybePromise<Vouched | null> {
    for (let at = from; at < authenticators.length; at++) {
      const by = authenticators[at] as Authenticator // `at` is within bounds
      try {
        const answer: unknown = by.authenticate(request)
        // Whatever can be awaited is a promise, if not one of this realm's.
        if (isThenable(answer)) {
          return Promise.resolve(answer)
            .then(checked)
            .then(
              (settled) => (settled ? { by, authentication: settled } : identify(request, reply, at + 1)),
              (error: unknown) => refuse(reply, error, by)
            )
        }
        const authentication = checked(answer)
        if (authentication) return { by, authentication }
      } catch (error) {
        return refuse(reply, error, by)
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
    const principal = makePrincipal(request, vouched)
    if (!(principal instanceof Promise)) return admit(reply, access, vouched, principal)
    return principal.then(
      (settled) => admit(reply, access, vouched, settled),
      (error: unknown) => {
        // Nobody can take a cookie out of a browser that sends it by itself: whoever is no longer anybody is anonymous, and
        // still gets to the routes that sign in and out.
        if (vouched.by.ambient && error instanceof InvalidTokenError) return admitAnonymous(request, reply, access)
        return refuse(reply, error, vouched.by)
      }
    )
  }

  function admitAnonymous(request: FastifyRequest, reply: FastifyReply, access: RouteAccess): Admitted {
    if (access.open) {
      addVary(reply)
      return null
    }
    const url = signInUrl(request, authenticators)
    if (url === null) return refuse(reply, new AuthenticationRequiredError(), undefined)
    keepFromSharedCaches(reply)
    reply.redirect(url, 303)
    return 'redirected'
  }

  function admit(reply: FastifyReply, access: RouteAccess, { by }: Vouched, principal: Principal): Principal {
    if (!access.alternatives.some((way) => isSatisfied(way, principal.scopes))) {
      return refuse(reply, new InsufficientScopeError(nearest(access.alternatives, principal.scopes)), by)
    }
    keepFromSharedCaches(reply)
    return principal
  }

  function refuse(reply: FastifyReply, error: unknown, by: Authenticator | undefined): never {
    const refusal = refusalOf(error)
    keepFromSharedCaches(reply)
    challenge(reply, refusal, authenticators, by)
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

function refusalOf(cause: unknown): Error {
  if (isRefusal(cause)) return cause
  // What a store or another server could not say: it has put the status on its error, and nothing of it gets out.
  if (cause instanceof Error && 'statusCode' in cause && cause.statusCode === 503) {
    const { retryAfter } = cause as { readonly retryAfter?: unknown }
    return new UnavailableError('This cannot be decided now', {
      cause,
      ...(typeof retryAfter === 'number' && { retryAfter })
    })
  }
  return new GuardFailureError({ cause })
}

function isRefusal(error: unknown): error is Error {
  return (
    error instanceof AuthenticationRequiredError ||
    error instanceof InvalidRequestError ||
    error instanceof InvalidTokenError ||
    error instanceof InsufficientScopeError ||
    error instanceof CrossSiteRequestError ||
    error instanceof UnavailableError
  )
}

function isSatisfied(way: Alternative, held: ReadonlySet<string>): boolean {
  for (const scope of way.scopes) if (!held.has(scope)) return false
  return true
}

/** The scopes of the alternative that the caller lacks least of: what to ask for. */
function nearest(ways: readonly Alternative[], held: ReadonlySet<string>): readonly string[] {
  const lacks = (way: Alternative): number => way.scopes.filter((scope) => !held.has(scope)).length
  return ways.reduce((best, way) => (lacks(way) < lacks(best) ? way : best)).scopes
}
