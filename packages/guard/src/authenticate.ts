import type { FastifyRequest } from 'fastify'
import type { Authenticator } from './authenticator.ts'
import type { Authentication } from './principal.ts'
import type { MaybePromise, Vouched } from './principals.ts'
import { isScopes } from './readonly-scopes.ts'

/** The authenticator that refused a credential, and the error that it threw. */
export interface RefusedCredential {
  readonly by: Authenticator
  readonly error: unknown
}

/**
 * Asks the authenticators in order, until one returns an authentication or refuses the credential. `null`: the request has no
 * credential. Creates no promise if no authenticator returns one.
 *
 * @param isWithoutCookies - whether credentials that browsers send automatically are ignored in this request
 */
export function authenticate(
  request: FastifyRequest,
  authenticators: readonly Authenticator[],
  isWithoutCookies: (request: FastifyRequest) => boolean,
  from = 0
): MaybePromise<Vouched | RefusedCredential | null> {
  for (let at = from; at < authenticators.length; at++) {
    const by = authenticators[at] as Authenticator // `at` is within bounds
    // All later authenticators are ambient too.
    if (by.ambient && isWithoutCookies(request)) return null
    try {
      const answer: unknown = by.authenticate(request)
      // Any thenable counts as a promise: it may come from another realm.
      if (isThenable(answer)) {
        return Promise.resolve(answer)
          .then((settled) => outcome(by, settled) ?? authenticate(request, authenticators, isWithoutCookies, at + 1))
          .catch((error: unknown) => ({ by, error }))
      }
      const found = outcome(by, answer)
      if (found) return found
    } catch (error) {
      return { by, error }
    }
  }
  return null
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** @returns `null` if the authenticator found no credential */
function outcome(by: Authenticator, answer: unknown): Vouched | RefusedCredential | null {
  if (answer instanceof Error) return { by, error: answer }
  const authentication = checked(answer)
  return authentication && { by, authentication }
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
    'An authenticator must return null, or an authentication with a subject and with scopes as a Set or null'
  )
}
