import { fileURLToPath } from 'node:url'
import bearer from '@latchkey/bearer'
import guard, { anyOf, everyone, noAuthentication } from '@latchkey/guard'
import openapi from '@latchkey/openapi'
import passwordGrant from '@latchkey/password-grant'
import { argon2Passwords, hashPassword } from '@latchkey/passwords'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import { stopOnSignal } from '../stopping.ts'
import { loginPage } from './login-page.ts'

export const scopes = { 'some.scope': 'Some', 'other.scope': 'Other', 'third.scope': 'Third' }

/** A login form of one's own with a checkbox per scope, and three endpoints. `origin` is where people reach it. */
export async function build(origin: string, app = Fastify()): Promise<FastifyInstance> {
  const users = new Map([
    ['ann', { subject: 'ann', passwordHash: await hashPassword('anns-password'), scopes: Object.keys(scopes) }],
    ['ben', { subject: 'ben', passwordHash: await hashPassword('bens-password'), scopes: ['some.scope'] }]
  ])

  await app.register(openapi, { openapi: { info: { title: 'First party', version: '1.0.0' } }, ui: '/docs' })
  await app.register(guard, { scopes })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    keys: [await generateSigningKey()],
    store: memoryStore()
  })
  await app.register(passwordGrant, {
    verifyPassword: argon2Passwords({ findUser: async (username) => users.get(username) })
  })
  await app.register(bearer, { issuers: [app.tokenEndpoint] })

  const login = loginPage(scopes)
  app.get('/login', { config: { access: noAuthentication }, schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').headers(login.headers).send(login.html)
  )
  app.get('/endpoint1', { config: { access: anyOf('some.scope', 'third.scope') } }, async () => 'endpoint 1')
  app.get('/endpoint2', { config: { access: anyOf('other.scope', 'third.scope') } }, async () => 'endpoint 2')
  app.get('/endpoint3', { config: { access: everyone } }, async () => 'endpoint 3')
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const origin = `http://localhost:${port}`
  const app = Fastify({ logger: { level: 'warn' } })
  stopOnSignal(app)
  await build(origin, app)
  await app.listen({ port, host: 'localhost' })
  console.log(`${origin}/login (ann / anns-password, ben / bens-password), ${origin}/docs`)
}
