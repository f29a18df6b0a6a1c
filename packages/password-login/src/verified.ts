import type { Attempt, PasswordAttempts, PasswordCredentials } from '@latchkey/passwords'
import type { FastifyRequest } from 'fastify'
import type { PasswordLoginErrorDetail } from './errors.ts'
import { failureOfAttempt } from './failure.ts'

/**
 * Verifies a password, and returns its owner. The attempts publish their failures themselves.
 *
 * @param wrong - the details of the error for a wrong password
 * @param subject - the owner that is expected. Default: any
 * @throws PasswordLoginError
 */
export async function verified(
  attempts: PasswordAttempts,
  credentials: PasswordCredentials,
  request: FastifyRequest,
  { wrong, subject }: { readonly wrong?: PasswordLoginErrorDetail; readonly subject?: string } = {}
): Promise<Attempt> {
  const user = await attempts.attempt(credentials, { request }).catch((error: unknown) => {
    throw failureOfAttempt(error)
  })
  if (user === null || (subject !== undefined && user.subject !== subject)) throw failureOfAttempt(null, wrong)
  return user
}
