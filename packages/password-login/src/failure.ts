import { PasswordLoginError, type PasswordLoginErrorDetail } from './errors.ts'

const ofAttempts = new WeakSet<PasswordLoginError>()

/**
 * Returns the error of the answer for an error of a hook, a parser, a store or the application. Only its status is used, and
 * only if the status says whose fault it is.
 */
export function failureFor(error: unknown): PasswordLoginError {
  const { statusCode, retryAfter } = membersOf(error)
  const detail = { cause: error, retryAfter }
  if (statusCode === 429) return new PasswordLoginError('too_many_attempts', detail)
  if (statusCode === 503) return new PasswordLoginError('temporarily_unavailable', detail)
  if (statusCode < 400 || statusCode >= 500) return new PasswordLoginError('server_error', detail)
  const refusal = new PasswordLoginError('invalid_request', detail)
  refusal.statusCode = statusCode
  return refusal
}

/**
 * Returns the error for an attempt that failed with an error, or with `null` for a refused password.
 *
 * @param detail - of the error for a refused password
 */
export function failureOfAttempt(error: unknown, detail: PasswordLoginErrorDetail = {}): PasswordLoginError {
  const failure = error === null ? new PasswordLoginError('invalid_credentials', detail) : failureFor(error)
  ofAttempts.add(failure)
  return failure
}

/** Whether an attempt failed, and has published its event. */
export function isOfAttempt(failure: PasswordLoginError): boolean {
  return ofAttempts.has(failure)
}

function membersOf(error: unknown): { readonly statusCode: number; readonly retryAfter: number | undefined } {
  const { statusCode, retryAfter } = Object(error) as { readonly statusCode?: unknown; readonly retryAfter?: unknown }
  return {
    statusCode: Number.isInteger(statusCode) ? (statusCode as number) : 500,
    retryAfter: typeof retryAfter === 'number' ? retryAfter : undefined
  }
}
