import { type ErrorClass, errorClass } from '@latchkey/guard/plugin'

/** Why a login failed. The JSON answer contains the same codes. */
export type PasswordLoginErrorCode =
  | 'invalid_credentials'
  | 'invalid_request'
  | 'cross_site_request'
  | 'method_not_allowed'
  | 'too_many_attempts'
  | 'temporarily_unavailable'
  | 'server_error'

/** A field of the form. */
export type LoginField = 'username' | 'password'

// Shown to users: each text says what to do next, and contains nothing of the request.
const ANSWERS: Readonly<Record<PasswordLoginErrorCode, readonly [statusCode: number, message: string]>> = {
  invalid_credentials: [401, 'The name or the password is wrong.'],
  invalid_request: [400, 'This request cannot be answered.'],
  cross_site_request: [403, 'This request came from another site. Log in on the page of this site.'],
  method_not_allowed: [405, 'This address takes only the form of the login page.'],
  too_many_attempts: [429, 'Too many attempts have failed. Try again later.'],
  temporarily_unavailable: [503, 'The login is not available now. Try again later.'],
  server_error: [500, 'Something went wrong here. Try again later.']
}

const DEFAULT_RETRY = 5

// No stack trace: the cause of these errors is a request, not this code.
const Base: ErrorClass<[message: string, options: { cause: unknown }]> = errorClass(
  'LATCHKEY_PASSWORD_LOGIN_ERROR',
  '%s',
  500,
  { stack: false }
)

/** The details of a {@link PasswordLoginError}. */
export interface PasswordLoginErrorDetail {
  /** For the log only: an error, or a text, which becomes a `ReasonError` of `@latchkey/guard`. */
  readonly cause?: unknown
  /** The field that is missing. */
  readonly field?: LoginField | undefined
  /** When to try again, in seconds. Default: 5. */
  readonly retryAfter?: number | undefined
}

/** A login with a password failed. The message and `error` are public. The private detail is in `cause`, for the log. */
export class PasswordLoginError extends Base {
  readonly error: PasswordLoginErrorCode
  /** The field that is missing; `undefined` for another error. */
  readonly field: LoginField | undefined
  /** For 429 and 503: when to try again, in whole seconds. */
  readonly retryAfter: number

  constructor(error: PasswordLoginErrorCode, detail: PasswordLoginErrorDetail = {}) {
    const [statusCode, message] = ANSWERS[error]
    super(detail.field === undefined ? message : `The ${detail.field} is missing.`, { cause: detail.cause })
    this.field = detail.field
    this.error = error
    this.code = `LATCHKEY_PASSWORD_LOGIN_${error.toUpperCase()}`
    this.statusCode = statusCode
    this.retryAfter = detail.retryAfter ?? DEFAULT_RETRY
  }
}
