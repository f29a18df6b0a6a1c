import { html, wantsPage } from '@latchkey/pages'
import { safeReturnTo } from '@latchkey/guard'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { openAccount } from '../accounts/open-account.ts'
import type { LoginDependencies } from './dependencies.ts'
import { decide } from '../accounts/on-login.ts'
import { LoginError, LoginRefusedError } from '../errors.ts'
import { reportSuccess } from '../events.ts'
import { keepTokens } from '../upstream-tokens/keep-tokens.ts'
import { finishLink } from './link.ts'
import { sendLoginPage } from '../pages.ts'
import { loginTime } from './login-time.ts'
import { parameters } from './parameters.ts'
import { type AuthenticationResult, authenticate } from './authenticate.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'
import { type PresentedSession, type Sessions, signing } from '../session.ts'
import { takeTransaction } from './state.ts'
import { upstreamSession } from '../provider-client/upstream-session.ts'

/** Handles the return of the browser from a provider. The transaction ends, whether the login succeeds or fails. */
export async function callback(
  context: LoginDependencies,
  party: RelyingParty,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  const given = request.method === 'POST' ? request.body : request.query
  const transaction = await takeTransaction(context, party, given, request, reply)
  const result = await authenticate(parameters(given), transaction, party, context.options)
  const time = loginTime(result.claims, transaction, party.provider, context.options)
  const { link, session, replaces } = transaction
  const isFinished =
    link === null
      ? await finishLogin(context, party, { ...result, ...time, replaces }, request, reply)
      : await finishLink(context, party, result, { subject: link, session }, request)
  if (!isFinished) return reply
  const { origin, returnTo } = context.options
  return comeBack(context, request, reply, safeReturnTo(transaction.returnTo, origin, returnTo))
}

/**
 * Sends the browser to the target of the login. A redirect here still counts as a request from the provider's site, so browsers
 * do not send a cookie with `SameSite=Strict`. In that case a page of this site leads to the target.
 */
function comeBack(
  { sessions, options: { render } }: LoginDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
  target: string
): FastifyReply {
  if (sessions?.cookie.sameSite !== 'strict' || !wantsPage(request)) return reply.redirect(target, 303)
  const head = html`<meta http-equiv="refresh" content="0;url=${target}">`
  return sendLoginPage(reply, { kind: 'logged-in', url: target }, render, { head })
}

/** Returns `false` when `onLogin` has answered the request. */
async function finishLogin(
  context: LoginDependencies,
  { provider }: RelyingParty,
  result: AuthenticationResult & ReturnType<typeof loginTime> & { readonly replaces: PresentedSession | undefined },
  request: FastifyRequest,
  reply: FastifyReply
): Promise<boolean> {
  const { store, onLogin, now } = context.options
  const { identity, tokens, claims, userinfo, authenticatedAt } = result
  const person = { provider: provider.name, subject: identity.subject }
  const account = (await store?.accounts.findByIdentity(person)) ?? null
  if (account?.disabled === true) throw new LoginRefusedError('the account is disabled')
  const login = Object.freeze({ provider: provider.name, identity, tokens, claims, userinfo, account })
  const decision = await decide(onLogin, login, request, reply)
  if (decision === null) return false
  const { scopes, claims: remembered } = decision
  const upstream = upstreamSession(claims)
  const subject = decision.subject ?? (await accountOf())
  if (context.sessions === null) {
    throw new LoginError('server_error', { cause: 'onLogin must answer the request when there is no session plugin' })
  }
  await keepTokens(context.tokens, { accountId: subject, provider: provider.name }, result)
  await endReplaced(context.sessions, result.replaces, request)
  await signing(reply).signIn({
    subject,
    claims: { idp: provider.name, ...remembered },
    ...(scopes !== undefined && { scopes }),
    ...(upstream !== null && { upstream }),
    authenticatedAt
  })
  reportSuccess(request, 'login', provider.name, subject)
  return true

  async function accountOf(): Promise<string> {
    if (store === undefined)
      throw new LoginError('server_error', { cause: 'onLogin must return a subject when there is no store' })
    return (await openAccount(store.accounts, provider.name, identity, now() / 1000)).id
  }
}

// A session whose cookie was sent ends when the next one begins. This function ends a session whose cookie was not sent: with a
// POST from the provider's site, and with SameSite=Strict.
async function endReplaced(
  sessions: Sessions,
  replaced: PresentedSession | undefined,
  request: FastifyRequest
): Promise<void> {
  if (replaced === undefined || (await sessions.presented(request))?.id === replaced.id) return
  await sessions.end(replaced.subject, replaced.id)
}
