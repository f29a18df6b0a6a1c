import { randomBytes } from 'node:crypto'
import bearer from '@latchkey/bearer'
import guard, { allOf } from '@latchkey/guard'
import openapi from '@latchkey/openapi'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import testing, { testIssuer } from '@latchkey/testing'
import Fastify, { type FastifyInstance } from 'fastify'

/** The server that the suites of each test runner test. */
export async function build(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(openapi)
  await app.register(guard, { scopes: { 'items:read': 'Read items', 'items:write': 'Change items' } })
  await app.register(bearer, { issuers: [testIssuer({ audience: 'https://api.example.com' })] })
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store: memoryStore() })
  await app.register(testing)
  app.get('/items', { config: { access: allOf('items:read') } }, async () => ['a brass key'])
  app.post('/items', { config: { access: allOf('items:write') } }, async (_request, reply) => reply.code(201).send())
  return app
}
