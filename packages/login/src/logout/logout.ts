import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LoginDependencies, SessionDependencies } from '../authorization/dependencies.ts'
import { findTokens, type KeptTokens } from '../upstream-tokens/kept-tokens.ts'
import { only } from '../authorization/parameters.ts'
import { sendLoginPage } from '../pages.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'
import { requireSameOrigin } from '../same-origin.ts'
import { signing } from '../session.ts'

/** Sends the page that asks whether to log out: a GET does not end a session. */
export function confirmLogout({ urls, options: { render } }: LoginDependencies, reply: FastifyReply): FastifyReply {
  return sendLoginPage(reply, { kind: 'log-out', form: { action: urls.logout } }, render, { formTargets: 'any' })
}

/**
 * Ends the session here, and then at the provider if it has an end-session endpoint.
 *
 * @throws LoginError when another site has made the request
 * @see [OpenID Connect RP-Initiated Logout 1.0 §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout)
 */
export async function logout(
  context: SessionDependencies,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  const { options, sessions, parties } = context
  requireSameOrigin(request, options.origin)
  const session = await sessions.current(request)
  // First of all: the session ends even if a later step fails. The cookie of a session that is already over is removed too.
  await signing(reply).signOut()
  const target = targetOf(context, only(request.body, 'returnTo'))
  const party = parties.get(String(session?.claims['idp']))
  if (session === null || party === undefined) return reply.redirect(target, 303)
  const kept = await keptOf(context, session.subject, party).catch((error: unknown) => {
    request.log.warn({ err: error, provider: party.provider.name }, 'Kept tokens could not be read')
    return null
  })
  if (kept !== null && options.revokeUpstreamOnLogout) {
    await revoke(context, session.subject, party, kept).catch((error: unknown) => {
      request.log.warn({ err: error, provider: party.provider.name }, 'Tokens could not be revoked')
    })
  }
  return reply.redirect((await endSessionUrl(party, kept, new URL(target, options.origin).href)) ?? target, 303)
}

function targetOf({ options }: LoginDependencies, wanted: string | undefined): string {
  const { postLogoutRedirects, afterLogout } = options
  return wanted !== undefined && postLogoutRedirects.includes(wanted) ? wanted : afterLogout
}

async function keptOf(
  { tokens }: LoginDependencies,
  accountId: string,
  { provider }: RelyingParty
): Promise<KeptTokens | null> {
  return tokens && ((await findTokens(tokens, { accountId, provider: provider.name }))?.tokens ?? null)
}

async function revoke(
  { tokens }: LoginDependencies,
  accountId: string,
  { provider, metadata, client }: RelyingParty,
  { accessToken, refreshToken }: KeptTokens
): Promise<void> {
  await tokens?.remove({ accountId, provider: provider.name })
  if ((await metadata()).revocation === undefined) return
  const { revoke: ask } = await client()
  await (refreshToken === null ? ask(accessToken, 'access_token') : ask(refreshToken, 'refresh_token'))
}

/**
 * Returns the URL of the provider's end-session endpoint, or `null`. A provider that is down does not prevent the logout here.
 */
async function endSessionUrl(
  { provider, metadata }: RelyingParty,
  kept: KeptTokens | null,
  comeBack: string
): Promise<string | null> {
  const { endSession } = await metadata().catch(() => ({ endSession: undefined }))
  if (endSession === undefined) return null
  const url = new URL(endSession)
  url.searchParams.set('client_id', provider.clientId)
  url.searchParams.set('post_logout_redirect_uri', comeBack)
  if (kept !== null && kept.idToken !== null) url.searchParams.set('id_token_hint', kept.idToken)
  return url.href
}
