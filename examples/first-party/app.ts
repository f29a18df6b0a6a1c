import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import authorizationEndpoint from '@latchkey/authorization-endpoint'
import bearer from '@latchkey/bearer'
import guard, { anyOf, everyone, noAuthentication } from '@latchkey/guard'
import openapi from '@latchkey/openapi'
import passwordGrant from '@latchkey/password-grant'
import passwordLogin from '@latchkey/password-login'
import { argon2Passwords, hashPassword } from '@latchkey/passwords'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import { stopOnSignal } from '../stopping.ts'
import { addCodeLogin } from './code-login.ts'
import { loginPage } from './login-page.ts'

export const scopes = { 'some.scope': 'Some', 'other.scope': 'Other', 'third.scope': 'Third' }

/** The client of both pages. It is public: its identifier is no secret. */
const clientId = 'first-party'

/**
 * Two logins of an application of one's own, and three endpoints: with an authorization code, and with a form that posts the
 * password to the token endpoint. `origin` is where people reach it.
 */
export async function build(origin: string, app = Fastify()): Promise<FastifyInstance> {
  const users = new Map([
    ['ann', { subject: 'ann', passwordHash: await hashPassword('anns-password'), scopes: Object.keys(scopes) }],
    ['ben', { subject: 'ben', passwordHash: await hashPassword('bens-password'), scopes: ['some.scope'] }]
  ])
  const verifyPassword = argon2Passwords({ findUser: async (username) => users.get(username) })
  const store = memoryStore()

  await app.register(openapi, { openapi: { info: { title: 'First party', version: '1.0.0' } }, ui: '/docs' })
  await app.register(guard, { scopes })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    keys: [await generateSigningKey()],
    store,
    clients: [
      {
        clientId,
        clientName: 'First party',
        grantTypes: ['authorization_code', 'password'],
        redirectUris: [`${origin}/code-login`]
      }
    ],
    defaultClientId: clientId
  })
  await app.register(bearer, { issuers: [app.tokenEndpoint] })

  // With a code: people give their password to the page /sign-in only, and a session remembers them.
  await app.register(session, {
    secrets: [randomBytes(32).toString('base64url')],
    store,
    origin,
    loginPath: '/sign-in'
  })
  await app.register(passwordLogin, { store, verifyPassword, loginPath: '/sign-in' })
  await app.register(authorizationEndpoint, { store, loginPath: '/sign-in' })
  await addCodeLogin(app, { origin, clientId, scopes })

  // With the password grant, which OAuth 2.1 drops: each client of one's own handles the password.
  await app.register(passwordGrant, { verifyPassword })
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
  console.log(`${origin}/code-login, ${origin}/login, ${origin}/docs (ann / anns-password, ben / bens-password)`)
}
