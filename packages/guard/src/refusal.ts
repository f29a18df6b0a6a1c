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

/** An error that is an answer: it says what it is by its code, which never changes. */
export interface Refusal extends Error {
  readonly code: string
}

/** What is answered for whatever an authenticator or the application threw: 500 without a word of what is no refusal. */
export function refusalOf(cause: unknown): Refusal {
  if (isRefusal(cause)) return cause
  // What a store or another server could not say: it has put the status on its error, and nothing of it gets out.
  if (cause instanceof Error && 'statusCode' in cause && cause.statusCode === 503) {
    const { retryAfter } = cause as { readonly retryAfter?: unknown }
    return new UnavailableError('This cannot be decided now', {
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

/** Whether an error is one of the guard's answers, wherever it was thrown. */
export function isRefusal(error: unknown): error is Refusal {
  return REFUSALS.some((kind) => error instanceof kind)
}
