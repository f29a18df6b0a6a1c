import {
  AuthenticationRequiredError,
  CrossSiteRequestError,
  GuardFailureError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  InvalidDpopProofError,
  InvalidRequestError,
  InvalidTokenError,
  TooManyRequestsError,
  UnavailableError
} from './errors.ts'
import { isUnavailable } from './protocol/failure.ts'

/** An error that answers a request. Its `code` identifies it and never changes. */
export interface Refusal extends Error {
  readonly code: string
}

/**
 * Returns the refusal for an error of an authenticator or the application. An unknown error becomes a 500 without its message.
 */
export function refusalOf(cause: unknown): Refusal {
  if (isRefusal(cause)) return cause
  // Errors with statusCode 503 (a store or upstream is down) become UnavailableError; their message stays private.
  if (isUnavailable(cause)) {
    const { retryAfter } = cause as { readonly retryAfter?: unknown }
    return new UnavailableError('The request cannot be authorized now', {
      cause,
      ...(typeof retryAfter === 'number' && { retryAfter })
    })
  }
  return new GuardFailureError({ cause })
}

const REFUSALS = [
  AuthenticationRequiredError,
  InvalidRequestError,
  InvalidTokenError,
  InvalidDpopProofError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  CrossSiteRequestError,
  TooManyRequestsError,
  UnavailableError
]

/** Whether an error is one of the guard's refusals, even if the application threw it. */
export function isRefusal(error: unknown): error is Refusal {
  return REFUSALS.some((kind) => error instanceof kind)
}
