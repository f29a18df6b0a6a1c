import type { DpopReplayStore } from '@latchkey/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SessionDependencies } from '../authorization/dependencies.ts'
import { LoginError } from '../errors.ts'
import { useLogoutToken, verifyLogoutToken } from './logout-token.ts'
import { upstreamSession } from '../provider-client/upstream-session.ts'
import type { ResolvedOptions } from '../options.ts'
import { only } from '../authorization/parameters.ts'
import type { Claims } from '../providers/provider.ts'
import { identifierIn } from '../providers/provider-text.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'
import type { Sessions } from '../session.ts'

/**
 * Ends the sessions that a provider reports as ended: the session with the `sid`, or, without one, all sessions of the subject.
 *
 * @throws LoginError also when the sessions cannot be determined: without accounts, or if `onLogin` chooses the subjects
 * @see [OpenID Connect Back-Channel Logout 1.0 §2.5](https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest)
 */
export async function backchannelLogout(
  { options, sessions }: SessionDependencies,
  party: RelyingParty,
  replays: DpopReplayStore,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  const token = only(request.body, 'logout_token')
  if (token === undefined || party.provider.issuer === undefined) throw new LoginError('invalid_logout_token')
  const claims = await verifyLogoutToken(token, party, options)
  const upstream = upstreamSession(claims)
  await useLogoutToken(claims, replays, options, async () => {
    if (upstream !== null) await sessions.revokeUpstream(upstream)
    else await endSessionsOf(claims, party, options, sessions)
  })
  request.log.info({ provider: party.provider.name }, 'A provider ended sessions')
  return reply.code(200).send()
}

/** @throws LoginError when the sessions cannot be determined: a 200 would wrongly report that they have ended */
async function endSessionsOf(
  claims: Claims,
  { provider }: RelyingParty,
  { store, onLogin }: ResolvedOptions,
  sessions: Sessions
): Promise<void> {
  const subject = identifierIn(provider.toIdentity({ claims, userinfo: {}, user: {} }).subject)
  if (store === undefined || subject === null) throw unknownPerson()
  const account = await store.accounts.findByIdentity({ provider: provider.name, subject })
  if (account !== null) await sessions.revokeAll(account.id)
  else if (onLogin !== undefined) throw unknownPerson()
}

function unknownPerson(): LoginError {
  const cause = 'the logout token has no sid, and the sessions of its sub are not known'
  return new LoginError('invalid_logout_token', { cause })
}
