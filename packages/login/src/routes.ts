import { loginPage, PAGE_HEADERS } from '@latchkey/pages'
import formbody from '@fastify/formbody'
import { everyone, neverStored, noAuthentication } from '@latchkey/guard'
import { loggedWithoutQuery, otherMethods } from '@latchkey/guard/plugin'
import type { DpopReplayStore } from '@latchkey/store'
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { backchannelLogout } from './logout/backchannel-logout.ts'
import { callback } from './authorization/callback.ts'
import type { LoginDependencies, SessionDependencies } from './authorization/dependencies.ts'
import { errorAnswer } from './error-answer.ts'
import { LoginError } from './errors.ts'
import { startLink } from './authorization/link.ts'
import { confirmLogout, logout } from './logout/logout.ts'
import type { RelyingParty } from './provider-client/relying-party.ts'
import { choices, start } from './authorization/start.ts'

type Handler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>
type ProviderHandler = (party: RelyingParty, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

const LARGEST_FORM = 64 * 1024

/** Adds the routes of the login to a separate context, so that its parsers, error handler and headers affect no other route. */
export async function addRoutes(
  child: FastifyInstance,
  context: LoginDependencies,
  replays: DpopReplayStore
): Promise<void> {
  const { options, parties, sessions, urls } = context
  child.removeAllContentTypeParsers()
  await child.register(formbody)
  const { render } = options
  child.setErrorHandler(errorAnswer(urls.login, (request) => partyOf(request)?.provider.name ?? null, render))
  child.addHook('onRequest', async (_request, reply) => {
    reply.headers(PAGE_HEADERS)
    // Also if a later hook of the application sets another `Cache-Control`.
    neverStored(reply)
  })

  const { loginPath, callbackPath, logoutPath } = options
  const [only, another] = parties.values()
  // Another plugin may have the page already, for its form.
  const { page, isNew } = loginPage(child, urls.login)
  page.add({
    order: 2,
    hasForm: false,
    render: (asked, texts) => choices(context, asked, texts),
    renderPage: render,
    ...(only !== undefined &&
      another === undefined && {
        alone: (request: FastifyRequest, reply: FastifyReply) => start(context, only, request, reply)
      })
  })
  if (isNew) get(loginPath, (request, reply) => page.show(request, reply))
  get(
    `${loginPath}/:provider`,
    forProvider((party, request, reply) => start(context, party, request, reply))
  )
  const finish = forProvider((party, request, reply) => callback(context, party, request, reply))
  const expectsPost = [...parties.values()].some(({ provider }) => provider.responseMode === 'form_post')
  get(callbackPath, finish, withSession)
  // This POST is not a request of the session, even if a provider on the same site sends the cookie: it proves itself.
  if (expectsPost) post(callbackPath, finish)
  const allowed = expectsPost ? ['GET', 'POST'] : ['GET']
  const others = otherMethods(child, allowed, () => new LoginError('method_not_allowed'))
  child.route({ ...route, url: callbackPath, ...others })
  if (sessions !== null) addSessionRoutes({ ...context, sessions })

  function addSessionRoutes(withSessions: SessionDependencies): void {
    post(
      `${loginPath}/:provider/link`,
      forProvider((party, request, reply) => startLink(withSessions, party, request, reply)),
      withSession
    )
    post(
      `${loginPath}/:provider/backchannel-logout`,
      forProvider((party, request, reply) => backchannelLogout(withSessions, party, replays, request, reply))
    )
    if (logoutPath === false) return
    get(logoutPath, (_request, reply) => confirmLogout(context, reply))
    post(logoutPath, (request, reply) => logout(withSessions, request, reply), withSession)
  }

  function forProvider(handle: ProviderHandler): Handler {
    return (request, reply) => {
      const party = partyOf(request)
      if (party === undefined) throw new LoginError('unknown_provider')
      return handle(party, request, reply)
    }
  }

  function partyOf({ params }: FastifyRequest): RelyingParty | undefined {
    const { provider } = params as { provider?: string } // the only parameter of any of these routes
    if (provider !== undefined) return parties.get(provider)
    return another === undefined ? only : undefined
  }

  function get(url: string, handler: Handler, config: FastifyContextConfig = route.config): void {
    child.get(url, { ...route, config, exposeHeadRoute: false }, fastifyHandler(handler))
  }

  function post(url: string, handler: Handler, config: FastifyContextConfig = route.config): void {
    child.post(url, { ...route, config, bodyLimit: LARGEST_FORM }, fastifyHandler(handler))
  }
}

const hidden: object = { hide: true }

// These routes check their requests themselves. They must work without a session, under any rules of the application.
const withoutSession: FastifyContextConfig = { access: noAuthentication, otherRules: 'ignored' }
const withSession: FastifyContextConfig = { access: everyone, otherRules: 'ignored' }

const route = {
  config: withoutSession,
  // The query of a callback contains codes and states.
  logSerializers: { req: loggedWithoutQuery },
  schema: hidden
}

function fastifyHandler(handler: Handler): RouteHandlerMethod {
  return async (request, reply) => handler(request, reply)
}
