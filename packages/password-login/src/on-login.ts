import { isRecord, kindOf } from '@latchkey/options'
import type { Attempt } from '@latchkey/passwords'
import { withTimeout } from '@latchkey/promises'
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

const PATIENCE = 10_000

/** Returns the content of the session of a user. Without `onLogin`, it is that of `verifyPassword`. */
export async function decide(
  onLogin: OnPasswordLogin | undefined,
  user: Attempt,
  request: FastifyRequest
): Promise<PasswordLoginDecision> {
  if (onLogin === undefined) return user
  const decision: unknown = await withTimeout(PATIENCE, async () => onLogin(user, request), late)
  if (isRecord(decision)) return decision
  throw new TypeError(
    `onLogin must return an object with scopes and claims, or with some of them; got ${kindOf(decision)}`
  )
}

function late(): Error {
  return new Error('onLogin did not answer in time')
}
