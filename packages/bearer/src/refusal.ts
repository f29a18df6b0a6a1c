import { InvalidTokenError } from '@latchkey/guard'

/** The error for a token that does not have the form of a JWT. The reason is for the log only. */
export function malformed(reason: string): InvalidTokenError {
  return new InvalidTokenError('The access token is malformed', { cause: reason })
}

/** The error for a token that has expired. */
export function expired(reason: string): InvalidTokenError {
  return new InvalidTokenError('The access token expired', { cause: reason })
}

/** The error for every other fault, with one message: the name of the failed check would help a forger. */
export function notValid(reason: unknown): InvalidTokenError {
  return new InvalidTokenError('The access token is not valid', { cause: reason })
}
