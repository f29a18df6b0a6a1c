import type { FastifyRequest } from 'fastify'

/** The username and password of a request, after their form was checked. */
export interface PasswordCredentials {
  /** In the form that `normalizeUsername()` returns; the user may have typed it differently. */
  readonly username: string
  /** Exactly as received: from 1 to 1024 bytes of UTF-8, spaces and NUL included. */
  readonly password: string
}

/** The owner of the password. */
export interface VerifiedUser {
  /** The subject of the user's tokens or session. Use an id that is never reassigned, such as that of a row, and not a name. */
  readonly subject: string
  /**
   * All scopes of the user. A token gets those of them that were requested and that the client may have. The password grant
   * requires them. Default: none are known, for a login into a session.
   */
  readonly scopes?: Iterable<string>
  /** Plain JSON about the user, for the session of a login. The password grant ignores it. Default: none. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** The request that a password came with. */
export interface PasswordContext {
  readonly request: FastifyRequest
  /**
   * Aborts when the result is no longer needed: the time is over, or the client has disconnected. Default: it is always
   * needed.
   */
  readonly signal?: AbortSignal | undefined
  /** The OAuth client that sent the password, if there is one. */
  readonly clientId?: string | undefined
}

/**
 * Checks a password. Returns its owner, or `null` to refuse. Unknown, wrong, locked and disabled are all `null`, so that the
 * answer is the same, and should take the same time. `passwordAttempts()` does not call it after too many failures.
 *
 * @throws UnavailableError of `@latchkey/guard` when users cannot be looked up now: the answer is 503. Any other error is a
 * 500, even if it carries another status; the client does not see its message. With the password grant, a TokenError of
 * `@latchkey/token-endpoint` is another answer, and counts as a failure.
 */
export type VerifyPassword = (
  credentials: PasswordCredentials,
  context: PasswordContext
) => Promise<VerifiedUser | null>
