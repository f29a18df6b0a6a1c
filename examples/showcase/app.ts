import { fileURLToPath } from 'node:url'
import bearer from '@latchkey/bearer'
import guard, { allOf, authenticated, everyone } from '@latchkey/guard'
import openapi from '@latchkey/openapi'
import passwordGrant, { argon2Passwords } from '@latchkey/password-grant'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey, storedKeys, type TokenEndpointOptions } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import { keySecret } from '../key-secret.ts'
import { openStorage } from '../storage.ts'
import { homePage } from './home-page.ts'
import { people } from './people.ts'

const scopes = { 'items:read': 'Read items', 'items:write': 'Change items', admin: 'Run the place' }

/** What the showcase knows of logins. */
export type Logins = Pick<TokenEndpointOptions, 'store' | 'keys'>

/**
 * Everything that Latchkey does, on one server. `origin` is where people reach it; `logins` are in memory unless given;
 * `app` is a server without routes.
 */
export async function build(origin: string, logins?: Logins, app = Fastify()): Promise<FastifyInstance> {
  const { store, keys } = logins ?? { store: memoryStore(), keys: [await generateSigningKey()] }
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
    clients: [{ clientId: 'showcase', grantTypes: ['password', 'refresh_token'] }],
    defaultClientId: 'showcase'
  })
  await app.register(passwordGrant, {
    verifyPassword: argon2Passwords({ findUser: async (username) => demoPeople.get(username) })
  })
  await app.register(bearer, { issuers: [app.tokenEndpoint] })

  const home = homePage(origin)
  app.get('/', { config: { access: everyone }, schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').headers(home.headers).send(home.html)
  )
  app.get('/items', { config: { access: allOf('items:read') } }, async () => items)
  app.post<{ Body: { name: string } }>(
    '/items',
    {
      config: { access: allOf('items:write') },
      schema: {
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
      // A demo that anybody may write to keeps what came last, and not everything for ever.
      items.splice(0, items.length - 99)
      items.push(item)
      return reply.code(201).send(item)
    }
  )
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => ({
    subject: principal.subject,
    scopes: [...principal.scopes]
  }))
  app.get('/admin', { config: { access: allOf('admin') } }, async () => 'Welcome to the engine room.')
  app.get('/health', { config: { access: everyone } }, async () => 'ok')
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const origin = `http://localhost:${port}`
  const { DATABASE_FILE, KEY_SECRET } = process.env
  const store = await openStorage({ DATABASE_FILE })
  const keys = storedKeys({ store, secrets: [await keySecret({ DATABASE_FILE, KEY_SECRET })] })
  const app = Fastify({ logger: { level: 'warn' } })
  // Before any plugin, so that it is closed after all of them.
  app.addHook('onClose', () => store.close())
  await build(origin, { store, keys }, app)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close())
  await app.listen({ port, host: 'localhost' })
  console.log(`Latchkey showcase

  ${origin}        a page to start from
  ${origin}/docs   the API, with an Authorize button

People: alice / wonderland (items:read items:write), bob / builder (items:read), carol / caroline (disabled)

Try:
  curl -d 'grant_type=password&username=alice&password=wonderland&scope=items:read' ${origin}/token
  curl -H 'Authorization: Bearer <the access_token>' ${origin}/items
`)
}
