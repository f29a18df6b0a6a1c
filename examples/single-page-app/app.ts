import { fileURLToPath } from 'node:url'
import cors from '@fastify/cors'
import authorizationEndpoint from '@latchkey/authorization-endpoint'
import bearer from '@latchkey/bearer'
import guard, { allOf, noAuthentication } from '@latchkey/guard'
import login, { type Provider } from '@latchkey/login'
import session from '@latchkey/session'
import type { Store } from '@latchkey/store'
import tokenEndpoint, { storedKeys } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import { openDiscord } from '../identity-providers.ts'
import { secretOf } from '../secret.ts'
import { stopOnSignal } from '../stopping.ts'
import { openStorage } from '../storage.ts'
import { buildPageServer } from './page-server.ts'

/** The client of the page. It is public: its identifier is no secret. */
export const clientId = 'items-page'

/** The settings of the API. */
export interface SinglePageApp {
  /** Where people reach the API. */
  readonly origin: string
  /** Where people reach the page: another origin. */
  readonly pageOrigin: string
  readonly provider: Provider
  readonly sessionSecret: string
  readonly keySecret: string
  readonly store: Store
}

/** An API that is its own authorization server, for a page of another origin. */
export async function build(given: SinglePageApp, app = Fastify()): Promise<FastifyInstance> {
  const { origin, pageOrigin, provider, sessionSecret, keySecret, store } = given
  // Before the guard, so that the page can read refusals too. The pattern '*' is that of its route for preflights.
  await app.register(cors, { origin: [pageOrigin], allowedHeaders: ['authorization'] })
  await app.register(guard, { scopes: { 'items:read': 'Read your items' }, routes: { '*': noAuthentication } })
  await app.register(session, { secrets: [sessionSecret], store, origin, loginPath: '/login' })
  await app.register(login, {
    store,
    providers: [provider],
    onLogin: ({ identity }) => ({ scopes: ['items:read'], claims: { name: identity.name } })
  })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    keys: storedKeys({ store, secrets: [keySecret] }),
    store,
    clients: [
      {
        clientId,
        clientName: 'Items page',
        grantTypes: ['authorization_code'],
        redirectUris: [`${pageOrigin}/`],
        scopes: ['items:read']
      }
    ]
  })
  await app.register(authorizationEndpoint, { store })
  await app.register(bearer, { issuers: [app.tokenEndpoint] })

  app.get('/items', { config: { access: allOf('items:read') } }, async () => [
    { name: 'a brass key' },
    { name: 'a lantern' }
  ])
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const [origin, pageOrigin] = [`http://localhost:${port}`, `http://localhost:${port + 1}`]
  const store = await openStorage(process.env)
  const { provider, close } = await openDiscord(process.env)
  const pageServer = await buildPageServer(origin, clientId)
  const app = Fastify({ logger: { level: 'warn' } })
  stopOnSignal(app)
  app.addHook('onClose', async () => {
    await Promise.all([store.close(), close(), pageServer.close()])
  })
  const sessionSecret = await secretOf(process.env, 'SESSION_SECRET')
  const keySecret = await secretOf(process.env, 'KEY_SECRET')
  await build({ origin, pageOrigin, provider, sessionSecret, keySecret, store }, app)
  await app.listen({ port, host: 'localhost' })
  await pageServer.listen({ port: port + 1, host: 'localhost' })
  console.log(`Open ${pageOrigin}. The API is ${origin}/items`)
}
