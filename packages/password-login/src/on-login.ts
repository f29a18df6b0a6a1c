import type { Attempt } from '@latchkey/passwords'
import type { FastifyRequest } from 'fastify'

/** The content of the session. */
export interface PasswordLoginDecision {
  /** The scopes of the session. Default: all that the user may do, as the guard's `permissions` says. */
  readonly scopes?: Iterable<string> | undefined
  /** The claims of the session: `principal.claims`. Keep them small, and store no secrets in them. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
}

/** Chooses the content of a session, after the password was verified. */
export type OnPasswordLogin = (
  user: Attempt,
  request: FastifyRequest
) => PasswordLoginDecision | Promise<PasswordLoginDecision>
