import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LoginDependencies, SessionDependencies } from './dependencies.ts'
import { LoginError, LoginRefusedError } from '../errors.ts'
import { reportSuccess } from '../events.ts'
import { keepTokens } from '../upstream-tokens/keep-tokens.ts'
import type { AuthenticationResult } from './authenticate.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'
import { requireSameOrigin } from '../same-origin.ts'
import { start } from './start.ts'

/** Maximum age of a login, in seconds, for linking another identity to its account. */
const FRESH = 600

/**
 * Sends a logged-in user to a provider, to link the identity there to the account.
 *
 * @throws LoginError when there is no session, when its login is too old, or when another site has made the request
 */
export async function startLink(
  context: SessionDependencies,
  party: RelyingParty,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  const { origin, now, clockTolerance } = context.options
  requireSameOrigin(request, origin)
  const session = await context.sessions.current(request)
  if (session === null) throw new LoginError('login_required')
  const { createdAt, authenticatedAt } = session
  // Without auth_time, fall back to the age of the session; any new login renews it.
  const age = now() / 1000 - (authenticatedAt ?? createdAt)
  // A time in the future proves nothing.
  if (age > FRESH || age < -clockTolerance) {
    throw new LoginError(authenticatedAt === null ? 'login_required' : 'recent_login_required')
  }
  return await start(context, party, request, reply, session)
}

/** The session that started the link, from the sealed transaction. */
interface Asker {
  readonly subject: string
  readonly session: string | undefined
}

/** Links an identity to the account that started the link, if the session that started it is still live. */
export async function finishLink(
  { options, sessions, tokens }: LoginDependencies,
  { provider }: RelyingParty,
  result: AuthenticationResult,
  { subject, session }: Asker,
  request: FastifyRequest
): Promise<true> {
  // A POST from the provider's site does not send the session's cookie. With SameSite=Strict no request from there does. In
  // these cases only the sealed transaction names the account.
  const comesAlong = provider.responseMode !== 'form_post' && sessions?.cookie.sameSite !== 'strict'
  if (comesAlong && (await sessions?.current(request))?.subject !== subject) {
    throw new LoginError('invalid_state', { cause: 'the link was started in another session' })
  }
  const live = await sessions?.list(subject)
  if (live?.some(({ id }) => id === session) !== true) {
    throw new LoginError('invalid_state', { cause: 'the session of the link has ended' })
  }
  const identity = { provider: provider.name, subject: result.identity.subject }
  const outcome = await options.store?.accounts.link(subject, identity)
  if (outcome === 'taken') throw new LoginError('identity_taken')
  if (outcome !== 'linked') throw new LoginRefusedError('the account of the link does not exist')
  await keepTokens(tokens, { accountId: subject, provider: provider.name }, result)
  reportSuccess(request, 'link', provider.name, subject)
  return true
}
