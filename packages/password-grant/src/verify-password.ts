import type { TokenRequest } from '@latchkey/token-endpoint'

/** The username and password of a request, after their form was checked. */
export interface PasswordCredentials {
  /** In the form that `normalizeUsername()` returns; the user may have typed it differently. */
  readonly username: string
  /** Exactly as received: from 1 to 1024 bytes of UTF-8, spaces and NUL included. */
  readonly password: string
}

/** The owner of the password, and the scopes of this user. */
export interface VerifiedUser {
  /** The `sub` of the user's tokens. Use an id that is never reassigned, such as that of a row, and not a name. */
  readonly subject: string
  /** All scopes of the user. The token gets those of them that were requested and that the client may have. */
  readonly scopes: Iterable<string>
}

/** The token request with the password. */
export interface PasswordRequest extends TokenRequest {
  /** Aborts when the result is no longer needed: the time is over, or the client has disconnected. */
  readonly signal: AbortSignal
}

/**
 * Checks a password. Returns its owner, or `null` to refuse. Unknown, wrong, locked and disabled are all `null`, so that the
 * answer is the same, and should take the same time. Not called after too many failures.
 *
 * @throws UnavailableError of `@latchkey/guard` when users cannot be looked up now: the answer is 503. TokenError of
 * `@latchkey/token-endpoint` for another answer, which counts as a failure. Any other error is a 500, even if it carries
 * another status; the client does not see its message, and gets no token.
 */
export type VerifyPassword = (
  credentials: PasswordCredentials,
  request: PasswordRequest
) => Promise<VerifiedUser | null>
