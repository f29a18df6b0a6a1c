import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import authorizationEndpoint from '@latchkey/authorization-endpoint'
import bearer from '@latchkey/bearer'
import guard, { allOf, authenticated, noAuthentication } from '@latchkey/guard'
import login, { type LoginAttempt, type LoginDecision, type Provider } from '@latchkey/login'
import openapi from '@latchkey/openapi'
import passwordGrant from '@latchkey/password-grant'
import passwordLogin from '@latchkey/password-login'
import { argon2Passwords } from '@latchkey/passwords'
import session from '@latchkey/session'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey, storedKeys, type TokenEndpointOptions } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import { openProviders } from '../identity-providers.ts'
import { secretOf } from '../secret.ts'
import { stopOnSignal } from '../stopping.ts'
import { openStorage } from '../storage.ts'
import { homePage } from './home-page.ts'
import { people } from './people.ts'

const scopes = { 'items:read': 'Read items', 'items:write': 'Change items', admin: 'Run the place' }

/** The storage and the keys of the server. A member that is left out is kept in memory. */
export interface Kept {
  readonly store?: Store
  /** The keys that sign access tokens. */
  readonly keys?: TokenEndpointOptions['keys']
  /** The secret that seals session cookies. */
  readonly sessionSecret?: string
  /** The login providers. Default: none, and then people log in with a password. */
  readonly providers?: readonly Provider[]
}

/**
 * Everything that Latchkey does, on one server. `origin` is where people reach it; `app` is a server without routes.
 */
export async function build(origin: string, kept: Kept = {}, app = Fastify()): Promise<FastifyInstance> {
  const { store = memoryStore(), keys = [await generateSigningKey()], providers = [] } = kept
  const { sessionSecret = randomBytes(32).toString('base64url') } = kept
  const hasProviders = providers.length > 0
  const demoPeople = await people()
  const items = [{ name: 'a brass key' }]

  await app.register(openapi, {
    openapi: { info: { title: 'Latchkey showcase', version: '1.0.0' } },
    ui: '/docs',
    initOAuth: { clientId: 'showcase' }
  })
  await app.register(guard, { scopes })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    keys,
    store,
    clients: [
      {
        clientId: 'showcase',
        clientName: 'Latchkey showcase',
        grantTypes: ['authorization_code', 'password', 'refresh_token'],
        // Swagger UI at /docs.
        redirectUris: [`${origin}/docs/static/oauth2-redirect.html`],
        isFirstParty: false
      }
    ],
    defaultClientId: 'showcase'
  })
  const verifyPassword = argon2Passwords({ findUser: async (username) => demoPeople.get(username) })
  await app.register(passwordGrant, { verifyPassword })
  await app.register(bearer, { issuers: [app.tokenEndpoint] })
  await app.register(session, { secrets: [sessionSecret], store, origin, loginPath: '/login' })
  await app.register(passwordLogin, { store, verifyPassword })
  if (hasProviders) await app.register(login, { providers: [...providers], store, onLogin })
  await app.register(authorizationEndpoint, { store })

  const home = homePage(origin, hasProviders)
  const script = await readFile(path.join(import.meta.dirname, 'browser/home.js'), 'utf8')
  app.get('/', { config: { access: noAuthentication }, schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').headers(home.headers).send(home.html)
  )
  app.get('/home.js', { config: { access: noAuthentication }, schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').headers(home.headers).send(script)
  )
  app.get(
    '/items',
    { config: { access: allOf('items:read') }, schema: { summary: 'List the items' } },
    async () => items
  )
  app.post<{ Body: { name: string } }>(
    '/items',
    {
      config: { access: allOf('items:write') },
      schema: {
        summary: 'Add an item',
        body: {
          type: 'object',
          required: ['name'],
          additionalProperties: false,
          properties: { name: { type: 'string', minLength: 1, maxLength: 100 } }
        },
        response: { 201: { description: 'The new item', type: 'object', properties: { name: { type: 'string' } } } }
      }
    },
    async (request, reply) => {
      const item = { name: request.body.name }
      // Each visitor of this demo may add items: only the last 100 are kept.
      items.splice(0, items.length - 99)
      items.push(item)
      return reply.code(201).send(item)
    }
  )
  app.get(
    '/me',
    { config: { access: authenticated }, schema: { summary: 'Tell who the caller is' } },
    async ({ principal: { subject, scopes } }) => ({ subject, scopes: [...scopes] })
  )
  app.get(
    '/admin',
    { config: { access: allOf('admin') }, schema: { summary: 'Open the engine room' } },
    async () => 'Welcome to the engine room.'
  )
  app.get(
    '/health',
    { config: { access: noAuthentication }, schema: { summary: 'Tell whether the server is up' } },
    async () => 'ok'
  )
  return app
}

/** A session carries one scope, even if its account has more, and a client gets no more. The name is for the consent page. */
function onLogin({ identity }: LoginAttempt): LoginDecision {
  return { scopes: ['items:read'], claims: { name: identity.name } }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { PORT = '3000', HOST = 'localhost', ORIGIN: origin = `http://localhost:${PORT}` } = process.env
  const store = await openStorage(process.env)
  const identityProviders = await openProviders(process.env)
  const app = Fastify({ logger: { level: 'warn' } })
  stopOnSignal(app)
  // Before any plugin, so that it happens after all of them.
  app.addHook('onClose', async () => {
    await Promise.all([store, ...identityProviders].map((each) => each.close()))
  })
  const kept = {
    store,
    keys: storedKeys({ store, secrets: [await secretOf(process.env, 'KEY_SECRET')] }),
    sessionSecret: await secretOf(process.env, 'SESSION_SECRET'),
    providers: identityProviders.map(({ provider }) => provider)
  }
  await build(origin, kept, app)
  await app.listen({ port: Number(PORT), host: HOST })
  console.log(`Latchkey showcase

  ${origin}        a page to start from
  ${origin}/docs   the API, with an Authorize button
  ${origin}/login  log in with a password, Discord or Google: without credentials for the two, with stand-ins that run here

People: alice / wonderland (items:read items:write), bob / builder (items:read), carol / caroline (disabled)

Try:
  curl -d 'grant_type=password&username=alice&password=wonderland&scope=items:read' ${origin}/token
  curl -H 'Authorization: Bearer <the access_token>' ${origin}/items
`)
}
