import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import formbody from '@fastify/formbody'
import authorizationEndpoint from '@latchkey/authorization-endpoint'
import bearer from '@latchkey/bearer'
import guard, { allOf, authenticated } from '@latchkey/guard'
import login, { accountPermissions, accountScopes, type Provider } from '@latchkey/login'
import openapi from '@latchkey/openapi'
import session from '@latchkey/session'
import type { Account, Identity, Store } from '@latchkey/store'
import tokenEndpoint, { storedKeys } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import { openDiscord, openGoogle } from '../identity-providers.ts'
import { secretOf } from '../secret.ts'
import { stopOnSignal } from '../stopping.ts'
import { openStorage } from '../storage.ts'
import { accountPage } from './account-page.ts'

const scopes = { privileged: 'See what is behind the curtain', admin: 'Say who may do what' }

/** The settings of the server. */
export interface ProvidersAndPermissions {
  /** Where people reach it. */
  readonly origin: string
  readonly providers: readonly Provider[]
  /** Seals cookies. */
  readonly sessionSecret: string
  /** Encrypts the keys that sign tokens. */
  readonly keySecret: string
  /** Keeps accounts, their identities, their permissions and their sessions. */
  readonly store: Store
  /** The people who are administrators from their first login on. Default: none. */
  readonly firstAdmin?: Identity | undefined
}

/** Several providers, users in a database, and permissions that an administrator changes while people are logged in. */
export async function build(given: ProvidersAndPermissions, app = Fastify()): Promise<FastifyInstance> {
  const { origin, providers, sessionSecret, keySecret, store, firstAdmin } = given
  const { accounts } = store
  // The first administrator needs an account before the first login: nothing else can give permissions.
  if (firstAdmin) await accounts.findOrCreate(firstAdmin, adminAccount())
  await app.register(formbody)
  await app.register(openapi, { ui: '/docs', initOAuth: { clientId: 'docs' } })
  // Asked at each request: what an administrator takes away is gone at once.
  await app.register(guard, { scopes, permissions: accountPermissions(accounts) })
  await app.register(session, { secrets: [sessionSecret], store, origin, loginPath: '/login' })
  await app.register(login, {
    store,
    providers: [...providers],
    loginPath: '/login',
    callbackPath: '/auth/:provider',
    returnTo: '/account',
    // The name is for the consent page.
    onLogin: ({ identity }) => ({ claims: { name: identity.name } })
  })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    keys: storedKeys({ store, secrets: [keySecret] }),
    store,
    // Asked at each token and each refresh.
    subjectScopes: accountScopes(accounts),
    clients: [
      {
        clientId: 'docs',
        clientName: 'Documentation',
        grantTypes: ['authorization_code', 'refresh_token'],
        redirectUris: [`${origin}/docs/static/oauth2-redirect.html`]
      }
    ]
  })
  await app.register(authorizationEndpoint, { store })
  await app.register(bearer, { issuers: [app.tokenEndpoint] })

  const loggedIn = { config: { access: authenticated } }
  app.get('/privileged', { config: { access: allOf('privileged') } }, async () => 'You are behind the curtain.')
  app.get('/admin', { config: { access: allOf('admin') } }, async () => 'Welcome to the engine room.')

  app.put<{ Params: { id: string }; Body: { permissions: string[] } }>(
    '/users/:id/permissions',
    { config: { access: allOf('admin') }, schema: { body: permissionsSchema } },
    async ({ params, body }, reply) => {
      const isKnown = await accounts.setPermissions(params.id, body.permissions)
      return reply.code(isKnown ? 204 : 404).send()
    }
  )
  app.get('/users/me', loggedIn, async ({ principal }) => ({
    ...(await accounts.find(principal.subject)),
    identities: await accounts.identities(principal.subject)
  }))

  app.get('/account', loggedIn, async (request, reply) => {
    const { subject } = request.principal
    const page = accountPage({
      account: await accounts.find(subject),
      identities: await app.login.identities(request),
      providers: app.login.providers,
      apps: await app.authorizationEndpoint.consents(subject),
      sessions: await app.sessions.list(subject),
      currentSession: app.sessions.current(request)?.id
    })
    return reply.type('text/html; charset=utf-8').headers(page.headers).send(page.html)
  })
  app.post<{ Body: { id: string } }>(
    '/account/sessions/end',
    { ...loggedIn, schema: { body: formWith('id') } },
    async ({ principal, body }, reply) => {
      await app.sessions.end(principal.subject, body.id)
      return reply.redirect('/account', 303)
    }
  )
  app.post<{ Body: { clientId: string } }>(
    '/account/apps/withdraw',
    { ...loggedIn, schema: { body: formWith('clientId') } },
    async ({ principal, body }, reply) => {
      await app.authorizationEndpoint.withdrawConsent(principal.subject, body.clientId)
      return reply.redirect('/account', 303)
    }
  )
  app.post<{ Body: Identity }>(
    '/account/identities/unlink',
    { ...loggedIn, schema: { body: formWith('provider', 'subject') } },
    async (request, reply) => {
      const { provider, subject } = request.body
      await app.login.unlink(request, { provider, subject })
      return reply.redirect('/account', 303)
    }
  )
  return app
}

const permissionsSchema = {
  type: 'object',
  required: ['permissions'],
  properties: { permissions: { type: 'array', items: { type: 'string', enum: Object.keys(scopes) } } }
}

/** Without all of its fields a form is answered with 400. */
function formWith(...fields: string[]): object {
  return {
    type: 'object',
    required: fields,
    properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }]))
  }
}

function adminAccount(): Account {
  return {
    id: randomUUID(),
    profile: { name: null, email: null, picture: null },
    permissions: ['admin'],
    disabled: false,
    createdAt: Math.floor(Date.now() / 1000)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const origin = `http://localhost:${port}`
  const store = await openStorage(process.env)
  const opened = [await openDiscord(process.env), await openGoogle(process.env)]
  const app = Fastify({ logger: { level: 'warn' } })
  stopOnSignal(app)
  app.addHook('onClose', async () => {
    await Promise.all([store, ...opened].map((each) => each.close()))
  })
  // Without a word of the environment: Ada, at the stand-in for Google.
  const [provider = '', subject = ''] = (process.env.FIRST_ADMIN ?? 'google:110169484474386276334').split(':')
  await build(
    {
      origin,
      store,
      providers: opened.map((each) => each.provider),
      sessionSecret: await secretOf(process.env, 'SESSION_SECRET'),
      keySecret: await secretOf(process.env, 'KEY_SECRET'),
      firstAdmin: { provider, subject }
    },
    app
  )
  await app.listen({ port, host: 'localhost' })
  console.log(`Open ${origin}/account, and ${origin}/docs for an app that asks for access`)
}
