import { safeReturnTo } from '@latchkey/guard'
import { sendProtocolAnswer } from '@latchkey/guard/plugin'
import type { Attempt, PasswordAttempts, PasswordCredentials } from '@latchkey/passwords'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ResolvedOptions } from '../options.ts'
import { type Sessions, signIn } from '../session.ts'
import { isJson, submissionOf } from './credentials.ts'
import { failureOfAttempt } from './failure.ts'

export interface LoginDependencies {
  readonly options: ResolvedOptions
  readonly sessions: Sessions
  readonly attempts: PasswordAttempts
  /** The paths of the page and of the form's target, with their prefix. */
  readonly urls: { readonly page: string; readonly password: string }
}

/**
 * Logs a user in. A wrong password, an unknown user and a disabled user are one error.
 *
 * @throws PasswordLoginError
 */
export async function logIn(
  request: FastifyRequest,
  reply: FastifyReply,
  { options, attempts }: LoginDependencies
): Promise<FastifyReply> {
  const { credentials, isRemembered, asked } = submissionOf(request)
  const user = await verified(credentials, request, attempts)
  const { scopes, claims } = options.onLogin === undefined ? user : await options.onLogin(user, request)
  await signIn(reply, {
    subject: user.subject,
    authenticatedAt: user.authenticatedAt,
    claims,
    scopes: scopes && [...scopes],
    lifetime: options.rememberMe?.lifetimeFor(isRemembered)
  })
  const returnTo = safeReturnTo(asked.returnTo, options.origin, options.returnTo)
  return isJson(request)
    ? sendProtocolAnswer(reply, { body: { subject: user.subject, returnTo } })
    : reply.redirect(returnTo, 303)
}

/** The attempts publish their failures themselves. */
async function verified(
  credentials: PasswordCredentials,
  request: FastifyRequest,
  attempts: PasswordAttempts
): Promise<Attempt> {
  const user = await attempts.attempt(credentials, { request }).catch((error: unknown) => {
    throw failureOfAttempt(error)
  })
  if (user === null) throw failureOfAttempt(null)
  return user
}
