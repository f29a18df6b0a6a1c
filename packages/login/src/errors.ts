import { type ErrorClass, errorClass } from '@latchkey/guard/plugin'

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

// Shown to users: each text says what to do next, and contains nothing of the request or of the provider's answer.
const ANSWERS: Readonly<Record<LoginErrorCode, readonly [statusCode: number, message: string]>> = {
  invalid_state: [400, 'This login has expired, was used already, or was started in another browser. Start again.'],
  invalid_response: [400, 'The answer of the login provider cannot be used. Start again.'],
  access_denied: [403, 'You did not log in.'],
  login_refused: [403, 'You cannot log in here with this account.'],
  login_required: [401, 'Log in first.'],
  recent_login_required: [403, 'This needs a fresh login. Log in again.'],
  cross_site_request: [403, 'This request came from another site.'],
  unknown_provider: [404, 'There is no login provider of this name here.'],
  method_not_allowed: [405, 'This address does not answer such requests.'],
  identity_taken: [409, 'This account of the provider belongs to another user here.'],
  last_identity: [409, 'This is the only way for you to log in.'],
  invalid_logout_token: [400, 'The logout token is not valid.'],
  provider_error: [502, 'The login provider gave an answer that cannot be used. Try again later.'],
  provider_unavailable: [503, 'The login provider cannot be reached now. Try again later.'],
  provider_timeout: [504, 'The login provider did not answer in time. Try again.'],
  server_error: [500, 'Something went wrong here.']
}

const DEFAULT_RETRY = 5

// No stack trace: the cause of these errors is a request or a provider, not this code.
const Base: ErrorClass<[message: string, options: { cause: unknown }]> = errorClass('LATCHKEY_LOGIN_ERROR', '%s', 500, {
  stack: false
})

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

  constructor(error: LoginErrorCode, { cause, retryAfter = DEFAULT_RETRY }: LoginErrorDetail = {}) {
    const [statusCode, message] = ANSWERS[error]
    super(message, { cause })
    this.error = error
    this.code = `LATCHKEY_LOGIN_${error.toUpperCase()}`
    this.statusCode = statusCode
    this.retryAfter = retryAfter
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
