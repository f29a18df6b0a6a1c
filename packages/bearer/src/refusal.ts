import { InvalidTokenError } from '@latchkey/guard'

/** The token does not have the form of a JWT. The reason is for the log only. */
export function malformed(reason: string): InvalidTokenError {
  return new InvalidTokenError('The access token is malformed', { cause: reason })
}

/** The token is past its time. */
export function expired(reason: string): InvalidTokenError {
  return new InvalidTokenError('The access token expired', { cause: reason })
}

/** Everything else, in one sentence: which check failed would tell a forger how far they got. */
export function notValid(reason: unknown): InvalidTokenError {
  return new InvalidTokenError('The access token is not valid', { cause: reason })
}
