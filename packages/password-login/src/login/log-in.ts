import type { Attempt, PasswordAttempts } from '@latchkey/passwords'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ResolvedOptions } from '../options.ts'
import { startSession } from '../start-session.ts'
import { verified } from '../verified.ts'
import { submissionOf } from './credentials.ts'

export interface LogInDependencies {
  readonly options: ResolvedOptions
  readonly attempts: PasswordAttempts
  /** Refuses users whose e-mail address is not verified. */
  readonly requireVerified: (user: Attempt, request: FastifyRequest, returnTo: string | undefined) => Promise<void>
}

/**
 * Logs a user in. A wrong password, an unknown user and a disabled user are one error.
 *
 * @throws PasswordLoginError
 */
export async function logIn(
  request: FastifyRequest,
  reply: FastifyReply,
  { options, attempts, requireVerified }: LogInDependencies
): Promise<FastifyReply> {
  const { credentials, isRemembered, asked } = submissionOf(request)
  const user = await verified(attempts, credentials, request)
  await requireVerified(user, request, asked.returnTo)
  return startSession(request, reply, user, { isRemembered, returnTo: asked.returnTo }, options)
}
