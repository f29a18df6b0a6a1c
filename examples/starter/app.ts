import { fileURLToPath } from 'node:url'
import Fastify, { type FastifyInstance } from 'fastify'
import latchkey, { allOf, noAuthentication } from 'latchkey'
import { argon2Passwords, hashPassword } from 'latchkey/passwords'
import { memoryStore } from 'latchkey/store/memory'
import { secretOf } from '../secret.ts'
import { stopOnSignal } from '../stopping.ts'

const alice = { subject: 'alice', passwordHash: await hashPassword('wonderland'), scopes: ['items:read'] }
const users = new Map([['alice', alice]])

/** A server that starts with one package. `origin` is where people reach it. */
export async function build(origin: string, secret: string, app = Fastify()): Promise<FastifyInstance> {
  const verifyPassword = argon2Passwords({ findUser: async (name) => users.get(name) })
  await app.register(latchkey, {
    origin,
    store: memoryStore(),
    secrets: [secret],
    guard: { scopes: { 'items:read': 'Read items', 'items:write': 'Change items' } },
    passwordGrant: { verifyPassword },
    passwordLogin: { verifyPassword },
    openapi: { ui: '/docs' }
  })

  app.get('/items', { config: { access: allOf('items:read') } }, async () => ['a brass key'])
  app.post('/items', { config: { access: allOf('items:write') } }, async (_request, reply) => reply.code(201).send())
  app.get('/health', { config: { access: noAuthentication } }, async () => 'ok')
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const origin = `http://localhost:${port}`
  const app = Fastify({ logger: { level: 'warn' } })
  stopOnSignal(app)
  await build(origin, await secretOf({ DATABASE_FILE: ':memory:', ...process.env }, 'LATCHKEY_SECRET'), app)
  await app.listen({ port, host: 'localhost' })
  console.log(`${origin}/docs   the API, with an Authorize button: alice / wonderland
${origin}/login  log in with a session

curl -d 'grant_type=password&username=alice&password=wonderland&scope=items:read' ${origin}/token
curl -H 'Authorization: Bearer <the access_token>' ${origin}/items`)
}
