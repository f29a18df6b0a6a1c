import { type Described, type ErrorClass, errorClass, refusalClass } from '@latchkey/options'

/** RFC 6750 §3.1 error codes. */
export type BearerErrorCode = 'invalid_request' | 'invalid_token' | 'insufficient_scope'

const Refusal401: ErrorClass<[]> = refusalClass('LATCHKEY_AUTHENTICATION_REQUIRED', 'Authentication required', 401)
const Refusal400: ErrorClass<Described> = refusalClass('LATCHKEY_INVALID_REQUEST', '%s', 400)
const RefusalToken: ErrorClass<Described> = refusalClass('LATCHKEY_INVALID_TOKEN', '%s', 401)
const Refusal403: ErrorClass<[]> = refusalClass(
  'LATCHKEY_INSUFFICIENT_SCOPE',
  'The credentials do not have the required scope',
  403
)
const RefusalLogin: ErrorClass<[]> = refusalClass(
  'LATCHKEY_INSUFFICIENT_USER_AUTHENTICATION',
  'The login is too old: a fresh login is required',
  401
)
const RefusalProof: ErrorClass<Described> = refusalClass('LATCHKEY_INVALID_DPOP_PROOF', '%s', 401)
const RefusalCrossSite: ErrorClass<[description: string]> = refusalClass('LATCHKEY_CROSS_SITE_REQUEST', '%s', 403)
const Unavailable: ErrorClass<Described> = refusalClass('LATCHKEY_UNAVAILABLE', '%s', 503)
const TooMany: ErrorClass<Described> = refusalClass('LATCHKEY_TOO_MANY_REQUESTS', '%s', 429)
const Failure: ErrorClass<[options?: { cause: unknown }]> = errorClass(
  'LATCHKEY_GUARD_FAILURE',
  'The request could not be authorized',
  500
)
const RevocationFailure: ErrorClass<[options?: { cause: unknown }]> = errorClass(
  'LATCHKEY_REVOCATION_FAILED',
  'Not all credentials of the subject could be ended',
  500
)
const Anonymous: ErrorClass<[]> = errorClass(
  'LATCHKEY_ANONYMOUS_PRINCIPAL',
  'request.principal was read, but the rule of this route accepted an anonymous caller, or the guard has not run yet. Fix: use request.principalIfAny, or a rule that requires authentication',
  500
)
const Routes: ErrorClass<[message: string]> = errorClass('LATCHKEY_ROUTE_ACCESS', '%s', 500)

/**
 * The caller is anonymous and the route requires authentication: 401 with one bare challenge per authenticator (RFC 6750 §3).
 *
 * @example if (request.principalIfAny === null) throw new AuthenticationRequiredError()
 */
export class AuthenticationRequiredError extends Refusal401 {}

/**
 * The request itself is malformed: 400 `invalid_request`. The description is public: never put request data in it.
 *
 * @see [RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)
 *
 * @example throw new InvalidRequestError('The header X-Key must not be repeated')
 */
export class InvalidRequestError extends Refusal400 {
  readonly error: BearerErrorCode = 'invalid_request'
}

/**
 * The credential is not valid: 401 `invalid_token`. The description is public: never put request data or the reason of a
 * signature failure in it. Private detail goes in `cause`, which only the log shows.
 *
 * @see [RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)
 *
 * @example throw new InvalidTokenError('The key is not valid', { cause: 'it was revoked' })
 */
export class InvalidTokenError extends RefusalToken {
  readonly error: BearerErrorCode = 'invalid_token'
}

/**
 * The caller is authenticated but lacks scopes: 403 `insufficient_scope`. `scopes` has the scopes that are sufficient.
 *
 * @see [RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)
 *
 * @example throw new InsufficientScopeError(['items:write'])
 */
export class InsufficientScopeError extends Refusal403 {
  readonly error: BearerErrorCode = 'insufficient_scope'
  readonly scopes: readonly string[]

  constructor(scopes: readonly string[]) {
    super()
    this.scopes = scopes
  }
}

/**
 * The caller has the scopes but logged in too long ago: 401 `insufficient_user_authentication`. `maxAge` is the greatest
 * allowed age of the login in seconds.
 *
 * @see [RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)
 *
 * @example throw new InsufficientUserAuthenticationError(300)
 */
export class InsufficientUserAuthenticationError extends RefusalLogin {
  readonly error = 'insufficient_user_authentication' as const
  readonly maxAge: number

  constructor(maxAge: number) {
    super()
    this.maxAge = maxAge
  }
}

// RFC 9449 §8.1
const NONCE = /^[\x21\x23-\x5B\x5D-\x7E]+$/

/**
 * The proof of possession of a token is not valid, or lacks the nonce of this server: 401. For authenticators of DPoP-bound
 * tokens. The description is public: never put request data in it. Private detail goes in `cause`.
 *
 * @see [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1),
 * [RFC 9449 §9](https://www.rfc-editor.org/rfc/rfc9449#section-9)
 */
export class InvalidDpopProofError extends RefusalProof {
  readonly error: 'invalid_dpop_proof' | 'use_dpop_nonce'
  /** The nonce that the next proof must contain, for the header `DPoP-Nonce`; `null` for none. */
  readonly nonce: string | null

  /** @throws TypeError for a nonce with characters that are not allowed in the header */
  constructor(
    error: 'invalid_dpop_proof' | 'use_dpop_nonce',
    description: string,
    options: { cause?: unknown; nonce?: string } = {}
  ) {
    super(description, { cause: options.cause })
    const { nonce = null } = options
    if (nonce !== null && !NONCE.test(nonce)) throw new TypeError('A nonce must be printable ASCII (RFC 9449 §8.1)')
    this.error = error
    this.nonce = nonce
  }
}

const FOREIGN =
  'A page of another origin sent a request that may change data. Fix: if the page may do this, add its origin to the option trustedOrigins of @latchkey/guard'

/**
 * A page of another origin made the request, or a cookie authenticates the request and its origin is not certain: 403, without
 * a challenge. The guard throws it for every such request that may change something. The description is public: never put
 * request data in it.
 *
 * @example throw new CrossSiteRequestError('This form must be sent by a page of this site')
 */
export class CrossSiteRequestError extends RefusalCrossSite {
  constructor(description: string = FOREIGN) {
    super(description)
  }
}

const DEFAULT_RETRY = 5

/**
 * A service that authorization depends on does not answer: 503 with `Retry-After`, never 200 and never 401. Throw it from an
 * authenticator, from `permissions` or from `resolveUser` when their database is down.
 *
 * @example throw new UnavailableError('The users cannot be read now', { cause: error, retryAfter: 10 })
 */
export class UnavailableError extends Unavailable {
  /** When to try again, in whole seconds: 5 where nothing sensible is given. */
  readonly retryAfter: number

  constructor(description: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(description, { cause: options.cause })
    this.retryAfter = wholeSeconds(options.retryAfter)
  }
}

/**
 * The caller has used up a limit of their own: 429 with `Retry-After`. There is no challenge, because other credentials would
 * not help. For authenticators. The description is public: never put request data in it.
 *
 * @see [RFC 6585 §4](https://www.rfc-editor.org/rfc/rfc6585#section-4)
 *
 * @example throw new TooManyRequestsError('Too many requests with this key', { retryAfter: 60 })
 */
export class TooManyRequestsError extends TooMany {
  /** When to try again, in whole seconds: 5 where nothing sensible is given. */
  readonly retryAfter: number

  constructor(description: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(description, { cause: options.cause })
    this.retryAfter = wholeSeconds(options.retryAfter)
  }
}

/**
 * Returns a time to wait in whole seconds, rounded up, for the header `Retry-After`: 5 where nothing sensible is given. For authors
 * of plugins.
 *
 * @param retryAfter - in seconds; anything that an error may have
 * @see [RFC 9110 §10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)
 *
 * @example wholeSeconds(1.5) // 2
 */
export function wholeSeconds(retryAfter: unknown): number {
  const seconds = typeof retryAfter === 'number' ? Math.ceil(retryAfter) : DEFAULT_RETRY
  return seconds >= 0 && seconds <= Number.MAX_SAFE_INTEGER ? seconds : DEFAULT_RETRY
}

/** An authenticator, `permissions` or `resolveUser` threw an unexpected error: 500 without its message. */
export class GuardFailureError extends Failure {}

/**
 * `app.guard.revokeAll()` could not end all credentials of a subject, and trying again may not help: 500. `cause` is an
 * `AggregateError` with the errors of the plugins; its message names the plugins.
 */
export class RevocationFailedError extends RevocationFailure {}

/** A handler read `request.principal` on a route that admitted an anonymous caller. This is a programming error: 500. */
export class AnonymousPrincipalError extends Anonymous {}

/** A route has no rule, or has one that cannot be enforced. The server does not start. */
export class RouteAccessError extends Routes {}
