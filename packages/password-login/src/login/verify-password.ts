import type { FastifyRequest } from 'fastify'

/** A user name and a password, after their form was checked. */
export interface PasswordCredentials {
  readonly username: string
  readonly password: string
}

/** The owner of a password. */
export interface VerifiedUser {
  /** The subject of the session. Use an id that is never reassigned, such as that of a row, and not a name. */
  readonly subject: string
  /** The scopes of the session. Default: all that the user may do. */
  readonly scopes?: Iterable<string> | undefined
  /** The claims of the session, small and without secrets, e.g. `{ name: 'Alice' }`. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
}

/** Checks a password. Returns its owner, or `null`. */
export type VerifyPassword = (
  credentials: PasswordCredentials,
  context: { readonly request: FastifyRequest; readonly signal: AbortSignal }
) => Promise<VerifiedUser | null>
