import { fileURLToPath } from 'node:url'
import authorizationEndpoint from '@latchkey/authorization-endpoint'
import bearer from '@latchkey/bearer'
import guard from '@latchkey/guard'
import login, { type Provider } from '@latchkey/login'
import session from '@latchkey/session'
import type { Store } from '@latchkey/store'
import tokenEndpoint, { storedKeys } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import { openDiscord } from '../identity-providers.ts'
import { secretOf } from '../secret.ts'
import { stopOnSignal } from '../stopping.ts'
import { openStorage } from '../storage.ts'
import { addMcpRoute, scopes } from './mcp-route.ts'

/** The settings of the server. */
export interface NotesServer {
  /** Where people and MCP clients find it. */
  readonly origin: string
  /** Where people log in. */
  readonly provider: Provider
  readonly store: Store
  /** Seals cookies. */
  readonly sessionSecret: string
  /** Encrypts the keys that sign tokens. */
  readonly keySecret: string
}

/**
 * An MCP server that is its own authorization server. People log in with a provider and allow a client to call tools for them.
 * Clients need no registration by hand: each is described by its metadata document, or registers itself.
 */
export async function build(given: NotesServer, app = Fastify()): Promise<FastifyInstance> {
  const { origin, provider, store, sessionSecret, keySecret } = given
  const resource = `${origin}/mcp`
  await app.register(guard, {
    resource,
    scopes,
    implies: { 'notes:write': ['notes:read'] },
    // All users may do everything. A real server asks its database.
    permissions: () => Object.keys(scopes)
  })
  await app.register(session, { secrets: [sessionSecret], store, origin, loginPath: '/login' })
  await app.register(login, { providers: [provider], store })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: resource,
    keys: storedKeys({ store, secrets: [keySecret] }),
    store,
    clients: []
  })
  await app.register(authorizationEndpoint, { store, clientDocuments: true, registration: true })
  await app.register(bearer, { issuers: [app.tokenEndpoint] })
  addMcpRoute(app, resource)
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
  const sessionSecret = await secretOf(process.env, 'SESSION_SECRET')
  const keySecret = await secretOf(process.env, 'KEY_SECRET')
  await build({ origin, provider, store, sessionSecret, keySecret }, app)
  await app.listen({ port, host: 'localhost' })
  console.log(
    `The MCP server is at ${origin}/mcp. Give this address to an MCP client: it opens the browser to log you in.`
  )
}
