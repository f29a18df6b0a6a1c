import { everyone } from '@latchkey/guard'
import t from 'tap'
import { like } from '@latchkey/exact'
import { keyHeader } from './fixtures/key-header.ts'
import { origin, serverWith, signIn, subjectOf } from './fixtures/server.ts'

const unsafe = ['POST', 'PUT', 'PATCH', 'DELETE'] as const
const allowed: Record<string, string>[] = [
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-site': 'same-origin', origin: 'null' },
  { origin }
]
const refused: Record<string, string>[] = [
  {},
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site', origin },
  { 'sec-fetch-site': '', origin },
  { 'sec-fetch-site': 'same-origin, cross-site' },
  { 'sec-fetch-site': 'SAME-ORIGIN' },
  { origin: 'null' },
  { origin: '' },
  { origin: 'https://evil.example' },
  { origin: 'http://app.example.com' },
  { origin: 'https://app.example.com.evil.example' },
  { origin: 'https://app.example.com:8443' },
  { origin: 'https://evil.example', host: 'evil.example', 'x-forwarded-host': 'evil.example' },
  { referer: `${origin}/form` }
]

t.test('accepts a change with a cookie from a page of this site only (SEC-133)', async (t) => {
  const app = await serverWith(t)
  const cookie = await signIn(app)
  for (const method of unsafe) {
    for (const headers of allowed) {
      t.equal((await app.inject({ method, url: '/me', headers: { cookie, ...headers } })).statusCode, 200)
    }
    for (const headers of refused) {
      const response = await app.inject({ method, url: '/me', headers: { cookie, ...headers } })
      t.equal(response.statusCode, 403, JSON.stringify(headers))
      t.equal(response.json().code, 'LATCHKEY_CROSS_SITE_REQUEST')
      t.equal(response.headers['www-authenticate'], undefined)
      t.equal(response.headers['set-cookie'], undefined)
    }
  }
})

t.test('allows reading from pages of every site, because other sites cannot see the answer', async (t) => {
  const app = await serverWith(t)
  const cookie = await signIn(app)
  for (const method of ['GET', 'HEAD', 'OPTIONS'] as const) {
    const headers = { cookie, 'sec-fetch-site': 'cross-site' }
    t.equal((await app.inject({ method, url: '/me', headers })).statusCode, 200)
  }
})

t.test('refuses a WebSocket with a cookie to another site', async (t) => {
  const app = await serverWith(t)
  const cookie = await signIn(app)
  const upgrade = { cookie, connection: 'upgrade', upgrade: 'websocket' }
  const from = async (origin: string) => (await app.inject({ url: '/me', headers: { ...upgrade, origin } })).statusCode
  t.equal(await from('https://evil.example'), 403)
  t.equal(await from(origin), 200)
})

t.test('compares only Sec-Fetch-Site when no origin is configured, and ignores the Host (SEC-30)', async (t) => {
  const app = await serverWith(t, { options: { origin: undefined }, server: { trustProxy: true } })
  const cookie = await signIn(app)
  const post = async (headers: Record<string, string>) =>
    (await app.inject({ method: 'POST', url: '/me', headers: { cookie, ...headers } })).statusCode
  t.equal(await post({ 'sec-fetch-site': 'same-origin' }), 200)
  t.equal(await post({ origin, host: 'app.example.com', 'x-forwarded-proto': 'https' }), 403)
  t.equal(await post({}), 403)
})

t.test('refuses a cross-site sign-out and keeps the session (SEC-136)', async (t) => {
  const app = await serverWith(t)
  const cookie = await signIn(app)
  const headers = { cookie, 'sec-fetch-site': 'cross-site' }
  t.equal((await app.inject({ method: 'POST', url: '/sign-out', headers })).statusCode, 403)
  t.equal(await subjectOf(app, cookie), 'alice')
})

t.test('has no CSRF token that could be planted or stolen (SEC-134)', async (t) => {
  const app = await serverWith(t)
  const before = await app.inject('/open')
  t.equal(before.headers['set-cookie'], undefined, 'no value is kept until the sign-in')
  const cookie = await signIn(app)
  for (const name of ['csrf-token', 'x-csrf-token', 'x-xsrf-token']) {
    const headers = { cookie: `_csrf=planted; ${cookie}`, [name]: 'planted', 'sec-fetch-site': 'cross-site' }
    t.equal((await app.inject({ method: 'POST', url: '/me?_csrf=planted', headers })).statusCode, 403)
  }
})

t.test('does not check a request without a session or with an explicit credential', async (t) => {
  const app = await serverWith(t, { after: async (app) => app.guard.addAuthenticator(keyHeader) })
  const cookie = await signIn(app)
  const crossSite = { 'sec-fetch-site': 'cross-site' }
  const post = (headers: Record<string, string>) => app.inject({ method: 'POST', url: '/me', headers })
  t.equal((await post({ ...crossSite, cookie: '__Host-session=x' })).statusCode, 401)
  const both = await post({ ...crossSite, cookie, key: 'bob' })
  t.equal(both.statusCode, 200)
  like(t, both.json(), { subject: 'bob', scheme: 'key', current: null })
  t.equal(
    (await app.inject({ url: '/me', headers: { cookie, key: 'bad' } })).statusCode,
    401,
    'the cookie does not replace the refused credential (SEC-67)'
  )
})

t.test('ignores the cookie on routes with that option, for other sites only (SEC-133)', async (t) => {
  const app = await serverWith(t, {
    after: async (app) =>
      app.post('/callback', { config: { access: everyone, crossSite: 'anonymous' } }, async (request) => ({
        subject: request.principalIfAny?.subject ?? null,
        current: app.sessions.current(request)
      }))
  })
  const cookie = await signIn(app)
  const post = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/callback', headers: { cookie, ...headers } })
  for (const headers of refused) t.same((await post(headers)).json(), { subject: null, current: null })
  for (const headers of allowed) like(t, (await post(headers)).json(), { subject: 'alice', current: {} })
  t.equal(await subjectOf(app, cookie), 'alice', 'the session still exists')
})
