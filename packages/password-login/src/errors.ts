import { type ErrorClass, refusalClass, wholeSeconds } from '@latchkey/guard/plugin'
import { english, type Texts } from '@latchkey/pages'
import type { PasswordRequestEvent } from './events.ts'

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

type Kind = Readonly<{ statusCode: number; event: PasswordRequestEvent['code'] }>

/** The status and the event of each error. */
export const KINDS: Readonly<Record<PasswordLoginErrorCode, Kind>> = {
  // Its event is not used: an attempt publishes one itself.
  invalid_credentials: { statusCode: 401, event: 'error' },
  invalid_link: { statusCode: 400, event: 'invalid_link' },
  invalid_request: { statusCode: 400, event: 'malformed' },
  no_password: { statusCode: 409, event: 'refused_value' },
  weak_password: { statusCode: 400, event: 'refused_value' },
  username_unavailable: { statusCode: 409, event: 'refused_value' },
  unverified_email: { statusCode: 403, event: 'unverified_email' },
  session_required: { statusCode: 403, event: 'no_session' },
  recent_login_required: { statusCode: 403, event: 'no_session' },
  cross_site_request: { statusCode: 403, event: 'cross_site_request' },
  method_not_allowed: { statusCode: 405, event: 'malformed' },
  too_many_attempts: { statusCode: 429, event: 'throttled' },
  temporarily_unavailable: { statusCode: 503, event: 'unavailable' },
  server_error: { statusCode: 500, event: 'error' }
}

const Base: ErrorClass<[message: string, options: { cause: unknown }]> = refusalClass(
  'LATCHKEY_PASSWORD_LOGIN_ERROR',
  '%s',
  500
)

/** The details of a {@link PasswordLoginError}. */
export interface PasswordLoginErrorDetail {
  /** For the log only: an error, or a text, which becomes a `ReasonError` of `@latchkey/guard`. */
  readonly cause?: unknown
  /** The field that the error is about. */
  readonly field?: LoginField | undefined
  /**
   * A sentence for the user, or a function that returns it in the language of a page. Default: that of the code; for
   * `invalid_request` with a field, that the field is missing.
   */
  readonly message?: string | ((texts: Texts) => string) | undefined
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
  readonly #sentence: (texts: Texts) => string

  constructor(error: PasswordLoginErrorCode, detail: PasswordLoginErrorDetail = {}) {
    const { field, cause, message } = detail
    const isMissing = error === 'invalid_request' && field !== undefined && message === undefined
    // Each text says what to do next, and contains nothing of the request.
    const standard = (texts: Texts): string => texts.passwordLogin.errors[error]
    const sentence = typeof message === 'string' ? () => message : (message ?? standard)
    super(isMissing ? `The ${field} is missing.` : sentence(english), { cause })
    this.#sentence = sentence
    this.field = field
    this.isMissing = isMissing
    this.error = error
    this.code = `LATCHKEY_PASSWORD_LOGIN_${error.toUpperCase()}`
    this.statusCode = KINDS[error].statusCode
    this.retryAfter = wholeSeconds(detail.retryAfter)
  }

  /** Returns the sentence for the user in the language of a page. `message` is in English. */
  messageIn(texts: Texts): string {
    return this.#sentence(texts)
  }
}
