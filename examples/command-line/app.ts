import { fileURLToPath } from 'node:url'
import authorizationEndpoint from '@latchkey/authorization-endpoint'
import bearer from '@latchkey/bearer'
import guard, { allOf } from '@latchkey/guard'
import login, { type Provider } from '@latchkey/login'
import session from '@latchkey/session'
import type { Store } from '@latchkey/store'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import { openDiscord } from '../identity-providers.ts'
import { secretOf } from '../secret.ts'
import { stopOnSignal } from '../stopping.ts'
import { openStorage } from '../storage.ts'

/** The settings of the server. */
export interface CommandLine {
  /** Where people reach it. */
  readonly origin: string
  readonly provider: Provider
  readonly sessionSecret: string
  readonly store: Store
  /** How long a program waits between two requests for its tokens, in seconds. */
  readonly interval?: number
}

const scopes = { 'items:read': 'Read your items' }

/** A server that programs without a browser of their own can log their users in at. */
export async function build(given: CommandLine, app = Fastify()): Promise<FastifyInstance> {
  const { origin, provider, sessionSecret, store, interval = 5 } = given
  // Every user may do everything here. A program gets the scopes that its user allowed.
  await app.register(guard, { scopes, permissions: async () => Object.keys(scopes) })
  await app.register(session, { secrets: [sessionSecret], store, origin, loginPath: '/login' })
  await app.register(login, { store, providers: [provider], callbackPath: '/auth' })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    keys: [await generateSigningKey()],
    store,
    clients: [
      {
        clientId: 'command-line',
        clientName: 'Command Line',
        grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token']
      }
    ]
  })
  await app.register(authorizationEndpoint, { store, device: { interval } })
  await app.register(bearer, { issuers: [app.tokenEndpoint] })
  app.get('/items', { config: { access: allOf('items:read') } }, async () => ['a brass key'])
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const origin = `http://localhost:${port}`
  const store = await openStorage(process.env)
  const { provider, close } = await openDiscord(process.env)
  const app = Fastify({ logger: { level: 'warn' } })
  stopOnSignal(app)
  app.addHook('onClose', async () => {
    await Promise.all([store.close(), close()])
  })
  await build({ origin, provider, sessionSecret: await secretOf(process.env, 'SESSION_SECRET'), store }, app)
  await app.listen({ port, host: 'localhost' })
  console.log('In another terminal: npx --yes pnpm@12 example examples/command-line/client.ts')
}
