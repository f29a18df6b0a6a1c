import { type ErrorClass, errorClass } from '@latchkey/guard/plugin'

/** Why a request failed. The JSON answer contains the same codes. */
export type PasswordLoginErrorCode =
  | 'invalid_credentials'
  | 'invalid_link'
  | 'invalid_request'
  | 'no_password'
  | 'weak_password'
  | 'username_unavailable'
  | 'unverified_email'
  | 'session_required'
  | 'recent_login_required'
  | 'cross_site_request'
  | 'method_not_allowed'
  | 'too_many_attempts'
  | 'temporarily_unavailable'
  | 'server_error'

/** A field of a form. */
export type LoginField = 'username' | 'password' | 'email' | 'newPassword'

// Shown to users: each text says what to do next, and contains nothing of the request.
const ANSWERS: Readonly<Record<PasswordLoginErrorCode, readonly [statusCode: number, message: string]>> = {
  invalid_credentials: [401, 'The name or the password is wrong.'],
  invalid_link: [400, 'This link was used, is too old, or is not complete. Ask for a new one.'],
  invalid_request: [400, 'This request cannot be answered.'],
  no_password: [409, 'This account has no password yet. Reset the password to set one.'],
  weak_password: [400, 'This password cannot be used. Choose another one.'],
  username_unavailable: [409, 'This user name cannot be used. Choose another one.'],
  unverified_email: [
    403,
    'The e-mail address of this account is not verified yet. Open the link in the e-mail to you.'
  ],
  session_required: [403, 'Log in on the page of this site to do this.'],
  recent_login_required: [403, 'Log out and log in again to do this.'],
  cross_site_request: [403, 'This request came from another site. Log in on the page of this site.'],
  method_not_allowed: [405, 'This address takes only the form of its page.'],
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
  /** The field that the error is about. */
  readonly field?: LoginField | undefined
  /** A sentence for the user. Default: that of the code; for `invalid_request` with a field, that the field is missing. */
  readonly message?: string | undefined
  /** When to try again, in seconds. Default: 5. */
  readonly retryAfter?: number | undefined
}

/** A request to this plugin failed. The message and `error` are public. The private detail is in `cause`, for the log. */
export class PasswordLoginError extends Base {
  readonly error: PasswordLoginErrorCode
  /** The field that the error is about; `undefined` for the whole request. */
  readonly field: LoginField | undefined
  /** Whether `field` is missing. */
  readonly isMissing: boolean
  /** For 429 and 503: when to try again, in whole seconds. */
  readonly retryAfter: number

  constructor(error: PasswordLoginErrorCode, detail: PasswordLoginErrorDetail = {}) {
    const [statusCode, standard] = ANSWERS[error]
    const { field, cause, message, retryAfter = DEFAULT_RETRY } = detail
    const isMissing = error === 'invalid_request' && field !== undefined && message === undefined
    super(message ?? (isMissing ? `The ${field} is missing.` : standard), { cause })
    this.field = field
    this.isMissing = isMissing
    this.error = error
    this.code = `LATCHKEY_PASSWORD_LOGIN_${error.toUpperCase()}`
    this.statusCode = statusCode
    this.retryAfter = retryAfter
  }
}
