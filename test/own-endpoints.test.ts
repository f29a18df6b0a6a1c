import bearer from '@latchkey/bearer'
import { like } from '@latchkey/exact'
import guard, { authenticated, noAuthentication } from '@latchkey/guard'
import login, { oidc } from '@latchkey/login'
import openapi from '@latchkey/openapi'
import passwordGrant from '@latchkey/password-grant'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateClientSecret, generateSigningKey } from '@latchkey/token-endpoint'
import { randomBytes } from 'node:crypto'
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { injectForm } from './inject-form.ts'

const origin = 'http://localhost:3000'
const grantTypes = ['password', 'refresh_token']
const { clientSecret, clientSecretHash } = generateClientSecret()

interface Started {
  readonly app: FastifyInstance
  readonly clock: { now: number }
  readonly sessions: { down: boolean; asked: number }
  readonly cookie: string
  token(form: Record<string, string>, headers?: Record<string, string>): Promise<LightMyRequestResponse>
}

/** Every plugin that has endpoints, under one rule for the whole server. */
async function started(t: Test): Promise<Started> {
  const clock = { now: Date.now() }
  const now = (): number => clock.now
  const store = memoryStore({ now })
  const sessions = { down: false, asked: 0 }
  const watched = {
    ...store.sessions,
    async find(id: string) {
      sessions.asked++
      if (sessions.down) throw Object.assign(new Error('down'), { statusCode: 503 })
      return store.sessions.find(id)
    }
  }
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(openapi, { ui: '/docs' })
  await app.register(guard, { resource: origin })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    keys: [await generateSigningKey()],
    store,
    now,
    clients: [
      { clientId: 'app', grantTypes },
      { clientId: 'backend', clientSecretHash, grantTypes, introspects: [origin] }
    ],
    defaultClientId: 'app'
  })
  await app.register(passwordGrant, { verifyPassword: async () => ({ subject: 'ann', scopes: ['r'] }), now })
  await app.register(bearer, { issuers: [app.tokenEndpoint], now })
  const key = randomBytes(32).toString('base64url')
  await app.register(session, { secrets: [key], store: { sessions: watched }, origin, now })
  const provider = { clientId: 'c', clientSecret: 's', issuer: 'http://localhost:1' }
  await app.register(login, {
    providers: [oidc({ ...provider, name: 'one' }), oidc({ ...provider, name: 'two' })],
    store,
    now
  })
  app.post('/sign-in', { config: { access: noAuthentication, otherRules: 'ignored' } }, async (_request, reply) => {
    await reply.signIn({ subject: 'ann' })
    return 'signed in'
  })
  app.get('/health', { config: { access: noAuthentication, otherRules: 'ignored' } }, async () => 'ok')
  app.get('/me', async ({ principal }) => principal.subject)
  app.guard.require(authenticated)
  const signedIn = await app.inject({ method: 'POST', url: '/sign-in' })
  const [first] = signedIn.cookies
  return {
    app,
    clock,
    sessions,
    cookie: `${first?.name}=${first?.value}`,
    token: async (form, headers) => injectForm(app, '/token', form, headers)
  }
}

const password = { grant_type: 'password', username: 'ann', password: 'x' }

/** Endpoints without a proof of their own, and their answers. */
const PUBLIC = [
  ['GET', '/jwks', 200],
  ['GET', '/.well-known/oauth-authorization-server', 200],
  ['GET', '/.well-known/oauth-protected-resource', 200],
  ['GET', '/login', 200],
  ['GET', '/logout', 200],
  ['GET', '/health', 200],
  ['GET', '/token', 405],
  ['POST', '/login/one/callback', 405],
  ['POST', '/login/one/backchannel-logout', 400]
] as const

for (const age of ['good', 'expired'] as const) {
  t.test(`a ${age} access token on the request changes no answer of the packages’ own endpoints (K2.1)`, async (t) => {
    const { app, clock, token } = await started(t)
    const tokens = (await token(password)).json<{ access_token: string; refresh_token: string }>()
    if (age === 'expired') clock.now += 3_600_000
    const riding = { authorization: `Bearer ${tokens.access_token}` }
    t.equal((await app.inject({ url: '/me', headers: riding })).statusCode, age === 'good' ? 200 : 401)

    const refreshed = await token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token }, riding)
    t.equal(refreshed.statusCode, 200)
    t.equal(refreshed.headers['www-authenticate'], undefined)
    t.equal(refreshed.headers.vary, undefined)
    const again = refreshed.json<{ access_token: string; refresh_token: string }>()
    like(t, await app.inject({ url: '/me', headers: { authorization: `Bearer ${again.access_token}` } }), {
      statusCode: 200
    })

    for (const [method, url, status] of PUBLIC) {
      const response = await app.inject({ method, url, headers: riding })
      t.equal(response.statusCode, status, `${method} ${url}`)
      t.equal(response.headers['www-authenticate'], undefined, url)
    }
    const asked = { client_id: 'backend', client_secret: clientSecret, token: again.access_token }
    const introspected = await injectForm(app, '/introspect', asked, riding)
    like(t, introspected.json(), { active: true, sub: 'ann' })
    t.equal((await injectForm(app, '/revoke', { token: again.refresh_token }, riding)).statusCode, 200)
    const revoked = await token({ grant_type: 'refresh_token', refresh_token: again.refresh_token }, riding)
    t.equal(revoked.statusCode, 400)
    t.equal(revoked.json().error, 'invalid_grant')
  })
}

t.test('a session cookie on a POST to /token by a page of this site is ignored (K2.1)', async (t) => {
  const { app, cookie, sessions, token } = await started(t)
  const before = sessions.asked
  for (const site of ['same-site', 'same-origin', 'cross-site']) {
    const response = await token(password, { cookie, 'sec-fetch-site': site, origin: 'http://spa.localhost:5173' })
    t.equal(response.statusCode, 200, site)
    t.equal(response.headers['cache-control'], 'no-store')
    t.equal(response.headers.vary, undefined)
  }
  t.equal(sessions.asked, before)
  t.equal((await app.inject({ url: '/me', headers: { cookie } })).body, 'ann', 'the session still exists')
})

t.test('endpoints without sessions answer as without a cookie while the session store is down (K2.2)', async (t) => {
  const { app, cookie, sessions, token } = await started(t)
  sessions.down = true
  t.equal((await app.inject({ url: '/me', headers: { cookie } })).statusCode, 503)
  const asked = sessions.asked
  for (const [method, url, status] of PUBLIC) {
    const response = await app.inject({ method, url, headers: { cookie } })
    t.equal(response.statusCode, status, `${method} ${url}`)
    // The login's error page depends on `Accept`.
    if (status === 200) t.equal(response.headers.vary, undefined, url)
  }
  t.equal((await token(password, { cookie })).statusCode, 200)
  t.equal(sessions.asked, asked, 'the store is not called')
})

t.test(
  'the document shows the packages’ own endpoints as open, and a rule for the whole server closes the docs (K2.2)',
  async (t) => {
    const { app, token } = await started(t)
    const tokens = (await token(password)).json<{ access_token: string }>()
    t.equal((await app.inject('/docs/json')).statusCode, 401)
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    const { paths } = (await app.inject({ url: '/docs/json', headers })).json()
    for (const [path, method] of [
      ['/token', 'post'],
      ['/jwks', 'get'],
      ['/health', 'get']
    ] as const) {
      t.same(paths[path][method].security, [], path)
      t.equal(paths[path][method].responses['403'], undefined)
    }
    t.ok(paths['/me'].get.security.length > 0)
    const open = app.guard.routes().filter(({ url }) => !url.startsWith('/docs') && url !== '/me')
    for (const { url, sources } of open) t.same(sources, ['route'], url)
  }
)
