import { type Described, type ErrorClass, refusalClass, wholeSeconds } from '@latchkey/guard/plugin'
import { english } from '@latchkey/pages'

/** Why a login, a link or a logout failed. The JSON answer contains the same codes. */
export type LoginErrorCode =
  | 'invalid_state'
  | 'invalid_response'
  | 'access_denied'
  | 'login_refused'
  | 'login_required'
  | 'recent_login_required'
  | 'cross_site_request'
  | 'unknown_provider'
  | 'method_not_allowed'
  | 'identity_taken'
  | 'last_identity'
  | 'invalid_logout_token'
  | 'provider_error'
  | 'provider_unavailable'
  | 'provider_timeout'
  | 'server_error'

const STATUS_CODES: Readonly<Record<LoginErrorCode, number>> = {
  invalid_state: 400,
  invalid_response: 400,
  access_denied: 403,
  login_refused: 403,
  login_required: 401,
  recent_login_required: 403,
  cross_site_request: 403,
  unknown_provider: 404,
  method_not_allowed: 405,
  identity_taken: 409,
  last_identity: 409,
  invalid_logout_token: 400,
  provider_error: 502,
  provider_unavailable: 503,
  provider_timeout: 504,
  server_error: 500
}

const Base: ErrorClass<Described> = refusalClass('LATCHKEY_LOGIN_ERROR', '%s', 500)

/** The details of a {@link LoginError}. */
export interface LoginErrorDetail {
  /** For the log only: an error, or a text, which becomes a `ReasonError` of `@latchkey/guard`. */
  readonly cause?: unknown
  /** When to try again, in seconds. Default: 5. */
  readonly retryAfter?: number | undefined
}

/**
 * A login, a link or a logout failed. The message and `error` are public and contain nothing of the request. The private detail
 * is in `cause`, for the log.
 */
export class LoginError extends Base {
  readonly error: LoginErrorCode
  /** For 503: when to try again, in whole seconds. */
  readonly retryAfter: number

  constructor(error: LoginErrorCode, { cause, retryAfter }: LoginErrorDetail = {}) {
    // Each text says what to do next, and contains nothing of the request or of the provider's answer.
    super(english.login.errors[error], { cause })
    this.error = error
    this.code = `LATCHKEY_LOGIN_${error.toUpperCase()}`
    this.statusCode = STATUS_CODES[error]
    this.retryAfter = wholeSeconds(retryAfter)
  }
}

/**
 * Throw this error from `onLogin` to refuse a login: the answer is 403 `login_refused`. The reason is not sent to the browser.
 *
 * @param reason - for the log
 * @example
 * ```ts
 * const onLogin: OnLogin = ({ identity }) => {
 *   if (!identity.emailVerified) throw new LoginRefusedError('the e-mail address is not verified')
 *   return undefined
 * }
 * ```
 */
export class LoginRefusedError extends LoginError {
  constructor(reason?: string) {
    super('login_refused', { cause: reason })
  }
}
