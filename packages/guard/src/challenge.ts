import type { FastifyReply } from 'fastify'
import type { Authenticator } from './authenticator.ts'
import {
  AuthenticationRequiredError,
  CrossSiteRequestError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  InvalidDpopProofError,
  InvalidRequestError,
  InvalidTokenError,
  TooManyRequestsError,
  UnavailableError
} from './errors.ts'
import type { Standing } from './principals.ts'
import { staleLoginChallenge } from './step-up-authentication.ts'
import type { RouteAccess } from './route-access.ts'
import { isWithinReach, nearest } from './sufficiency.ts'

// RFC 6750 §3: the characters that are allowed in these attributes. None of them needs escaping in a quoted-string.
const ATTRIBUTE = /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/

/** The circumstances of a refusal. The challenge depends on them. */
export interface Refused {
  /** The authenticator whose credential was accepted or refused; `undefined` if there was none. */
  readonly by: Authenticator | undefined
  /** The access of the requested route; `null` if no rule applies. */
  readonly access: RouteAccess | null
  /** The authenticated caller; `null` for an anonymous one. */
  readonly standing: Standing | null
}

/** Writes the headers of refusals for one guard. */
export interface Challenger {
  update(authenticators: readonly Authenticator[]): void
  /**
   * Writes the headers of a refusal: `WWW-Authenticate` as in RFC 6750 §3, `Retry-After` for 503 and 429, `DPoP-Nonce` for a
   * proof that lacks the nonce. No other code writes those of guarded routes. Headers that are set before an error is thrown
   * survive the application's own error handler.
   */
  write(reply: FastifyReply, error: Error, refused: Refused): void
}

/** The options of a challenger. */
export interface ChallengeOptions {
  /** The URL that every challenge names (RFC 9728 §5.1); `undefined` for none. */
  readonly resourceMetadata: string | undefined
  /** Whether the challenge for a request without credentials names the scopes of the route's rule. */
  readonly scopes: boolean
}

/** @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3), [RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1) */
export function challenger({ resourceMetadata, scopes }: ChallengeOptions): Challenger {
  const common: Parameters = resourceMetadata === undefined ? {} : { resource_metadata: resourceMetadata }
  let all: readonly Authenticator[] = []
  // The challenges for requests without credentials. Cached per rule: such requests are free to send.
  let bare = new WeakMap<RouteAccess, string>()
  // The challenges of other refusals, by their parameters: writing one takes three times as long as the rest of the refusal.
  const earlier = new Map<string, string>()

  return {
    update(authenticators) {
      all = authenticators
      bare = new WeakMap()
      earlier.clear()
    },
    write(reply, error, { by, access, standing }) {
      if (error instanceof UnavailableError || error instanceof TooManyRequestsError) {
        reply.header('retry-after', String(error.retryAfter))
        return
      }
      // Another credential would not help: the page has the wrong origin.
      if (error instanceof CrossSiteRequestError) return
      if (error instanceof InvalidDpopProofError && error.nonce !== null) reply.header('dpop-nonce', error.nonce)
      const value =
        error instanceof AuthenticationRequiredError
          ? bareChallenge(access)
          : challengeFor(by, parametersOf(error, standing))
      if (value !== '') reply.header('www-authenticate', value)
    }
  }

  function challengeFor(by: Authenticator | undefined, parameters: Parameters): string {
    const key = JSON.stringify([by?.scheme, parameters])
    const known = earlier.get(key)
    if (known !== undefined) return known
    const value = challenges(by ? [by] : all, { ...parameters, ...common })
    // Descriptions may come from the application, so their number has no limit.
    if (earlier.size === MOST_CHALLENGES) earlier.clear()
    earlier.set(key, value)
    return value
  }

  function bareChallenge(access: RouteAccess | null): string {
    if (!access) return challenges(all, common)
    const known = bare.get(access)
    if (known !== undefined) return known
    const wanted = scopes && access.alternatives.length > 0 ? nearest(access.alternatives, NONE) : []
    const value = challenges(all, { scope: wanted.join(' '), ...common })
    bare.set(access, value)
    return value
  }
}

const NONE: ReadonlySet<string> = new Set()

const MOST_CHALLENGES = 100

/** Whether a value can be written into a challenge without escaping. */
export function isAttribute(value: unknown): value is string {
  return typeof value === 'string' && ATTRIBUTE.test(value)
}

/** The parameters of a challenge, in the order in which they are written. */
type Parameters = Readonly<Record<string, string>>

function challenges(authenticators: readonly Authenticator[], parameters: Parameters): string {
  const written = authenticators.flatMap(({ challenge, challengeParameters }) => {
    if (challenge === null) return []
    const attributes = write({ ...parameters, ...challengeParameters })
    return [attributes === '' ? challenge : `${challenge} ${attributes}`]
  })
  return [...new Set(written)].join(', ')
}

function parametersOf(error: Error, standing: Standing | null): Parameters {
  if (error instanceof InsufficientScopeError) {
    // Names no scopes that a new token cannot bring: the client would ask for such a token again and again.
    const scope = !standing || isWithinReach(error.scopes, standing) ? error.scopes.join(' ') : ''
    return { error: error.error, error_description: error.message, scope }
  }
  if (error instanceof InsufficientUserAuthenticationError) return staleLoginChallenge(error)
  if (
    error instanceof InvalidTokenError ||
    error instanceof InvalidRequestError ||
    error instanceof InvalidDpopProofError
  ) {
    return { error: error.error, error_description: error.message }
  }
  return {}
}

function write(parameters: Parameters): string {
  return Object.entries(parameters)
    .filter(([, value]) => isAttribute(value))
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')
}
