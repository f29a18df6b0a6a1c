import type { DpopReplayStore } from '@latchkey/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SessionContext } from './context.ts'
import { LoginError } from './errors.ts'
import { useUpLogoutToken, verifyLogoutToken } from './logout-token.ts'
import { only } from './parameters.ts'
import type { RelyingParty } from './relying-party.ts'

/**
 * Ends the sessions that a provider says have ended there: the one that `sid` names, or else all of the subject.
 *
 * @throws LoginError
 * @see [OpenID Connect Back-Channel Logout 1.0 §2.5](https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest)
 */
export async function backchannelLogout(
  { options, sessions }: SessionContext,
  party: RelyingParty,
  replays: DpopReplayStore,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  const token = only(request.body, 'logout_token')
  if (token === undefined || party.provider.issuer === undefined) throw new LoginError('invalid_logout_token')
  const claims = await verifyLogoutToken(token, party, options)
  const { iss, sid } = claims
  if (typeof iss === 'string' && typeof sid === 'string') await sessions.revokeUpstream({ issuer: iss, sid })
  else {
    const { subject } = party.provider.toIdentity({ claims, userinfo: {}, user: {} })
    const account = await options.store?.accounts.findByIdentity({
      provider: party.provider.name,
      subject: String(subject)
    })
    if (account) await sessions.revokeAll(account.id)
  }
  await useUpLogoutToken(claims, replays, options)
  request.log.info({ provider: party.provider.name }, 'A provider ended sessions')
  return reply.code(200).send()
}
