import type { TokenRequest } from '@latchkey/token-endpoint'

/** What somebody typed, once its form is known to be acceptable. */
export interface PasswordCredentials {
  /** In the form that `normalizeUsername()` gives, which need not be how it was typed. */
  readonly username: string
  /** Exactly as received: from 1 to 1024 bytes of UTF-8, spaces and NUL included. */
  readonly password: string
}

/** Who it is that knows the password, and how far they may go. */
export interface VerifiedUser {
  /** The `sub` of their tokens. Never reassigned: an id of a row, not a name that can change hands. */
  readonly subject: string
  /** All scopes that they may have. What is issued is the part of it that was asked for and that the client may have. */
  readonly scopes: Iterable<string>
}

/** The token request that they came with. */
export interface PasswordRequest extends TokenRequest {
  /** Aborts when the answer is no longer wanted: the time is up, or the client has gone. */
  readonly signal: AbortSignal
}

/**
 * Tells whether a password is right: whom it belongs to, or `null` when it must be refused for whatever reason. Unknown,
 * wrong, locked and disabled are all `null`, so that they are one answer, and should cost the same time. It is not called
 * when there were too many failures before.
 *
 * @throws UnavailableError of `@latchkey/guard` when users cannot be looked up now: 503. TokenError of
 * `@latchkey/token-endpoint` for an answer of its own, which counts as a failure. Anything else that it throws is a 500,
 * whatever status it carries. The client reads nothing of it, and gets no token.
 */
export type VerifyPassword = (
  credentials: PasswordCredentials,
  request: PasswordRequest
) => Promise<VerifiedUser | null>
