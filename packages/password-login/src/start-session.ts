import { safeReturnTo } from '@latchkey/guard'
import { scopeTokens, sendProtocolAnswer } from '@latchkey/guard/plugin'
import type { Attempt } from '@latchkey/passwords'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isJson } from './body.ts'
import type { LoginSettings } from './login-settings.ts'
import { decide } from './on-login.ts'
import { signIn } from './session.ts'

/** The choices of the user for a login. */
export interface LoginChoices {
  readonly isRemembered: boolean
  /** Where the login ends, unchecked. */
  readonly returnTo: string | undefined
}

/**
 * Starts a session for a user whose password was verified or has just been set. Ends the session that the browser had. Answers a
 * form with a redirect, and JSON with JSON.
 */
export async function startSession(
  request: FastifyRequest,
  reply: FastifyReply,
  user: Attempt,
  { isRemembered, returnTo }: LoginChoices,
  settings: LoginSettings
): Promise<FastifyReply> {
  const { subject, authenticatedAt } = user
  const { scopes, claims } = await decide(settings.onLogin, user, request)
  await signIn(reply, {
    subject,
    authenticatedAt,
    claims,
    scopes: scopes && [...scopeTokens(scopes)],
    lifetime: settings.rememberMe?.lifetimeFor(isRemembered)
  })
  return answerLoggedIn(request, reply, { subject, returnTo }, settings)
}

/**
 * Answers a form with a redirect, and JSON with JSON.
 *
 * @param returnTo - where the login ends, unchecked
 */
export function answerLoggedIn(
  request: FastifyRequest,
  reply: FastifyReply,
  { subject, returnTo }: { readonly subject: string; readonly returnTo?: string | undefined },
  settings: LoginSettings
): FastifyReply {
  const target = safeReturnTo(returnTo, settings.origin, settings.returnTo)
  return isJson(request)
    ? sendProtocolAnswer(reply, { body: { subject, returnTo: target } })
    : reply.redirect(target, 303)
}
