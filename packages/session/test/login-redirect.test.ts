import type { FastifyServerOptions, LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { authenticated, recentLogin } from '@latchkey/guard'
import { serverWith, signIn, start } from './fixtures/server.ts'

const navigation = { 'sec-fetch-mode': 'navigate' }

t.test('redirects a browser from a guarded page to the login page, with the page in returnTo', async (t) => {
  const app = await serverWith(t, { options: { loginPath: '/login' } })
  const response = await app.inject({ url: '/me?a=1&b=%2F#c', headers: navigation })
  t.equal(response.statusCode, 303)
  t.equal(response.headers.location, '/login?returnTo=%2Fme%3Fa%3D1%26b%3D%252F')
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.headers.vary, 'Cookie')
  const rubbish = await app.inject({ url: '/me', headers: { ...navigation, cookie: '__Host-session=x' } })
  t.equal(rubbish.headers.location, '/login?returnTo=%2Fme')
  t.equal((await app.inject('/me')).statusCode, 401)
  t.equal((await app.inject({ url: '/me', headers: { ...navigation, cookie: await signIn(app) } })).statusCode, 200)
})

t.test('never puts another site into returnTo (SEC-123)', async (t) => {
  for (const origin of ['https://app.example.com', undefined]) {
    const app = await serverWith(t, {
      options: { loginPath: '/login', origin },
      after: async (app) => void app.get('/*', { config: { access: authenticated } }, async () => 'page')
    })
    for (const url of [
      '//evil.example/%2f..',
      '/%2fevil.example',
      '/%5cevil.example',
      '/.//evil.example',
      '/\\evil.example'
    ]) {
      const response = await app.inject({ url: `http://app.example.com${url}`, headers: navigation })
      t.equal(response.statusCode, 303)
      t.equal(response.headers.location, '/login?returnTo=%2F', url)
    }
  }
})

const seen: [name: string, url: string, options: object, server: FastifyServerOptions, returnTo: string][] = [
  ['with rewriteUrl', '/app/me?a=1', {}, { rewriteUrl: ({ url = '' }) => url.replace(/^\/app/, '') }, '/app/me?a=1'],
  ['behind a proxy that takes a path off', '/me?a=1', { basePath: '/app' }, {}, '/app/me?a=1'],
  ['behind a proxy, and not a path of this server', '//evil.example', { basePath: '/app' }, {}, '/app//evil.example'],
  ['behind a proxy, with the page too long', `/me?${'a'.repeat(3_000)}`, { basePath: '/app' }, {}, '/app/']
]

for (const [name, url, options, server, returnTo] of seen) {
  t.test(`puts the page into returnTo as the browser sees it, ${name} (K4.3, SEC-123)`, async (t) => {
    const app = await serverWith(t, {
      options: { loginPath: '/app/login', ...options },
      server,
      after: async (app) => void app.get('/*', { config: { access: authenticated } }, async () => 'page')
    })
    const { statusCode, headers } = await app.inject({ url, headers: navigation })
    t.equal(statusCode, 303)
    t.equal(headers.location, `/app/login?returnTo=${encodeURIComponent(returnTo)}`)
    for (const login of ['/login', '/app/login']) {
      const circle = name === 'with rewriteUrl' ? '/app/login' : '/login'
      const status = (await app.inject({ url: `${login}?a=1`, headers: navigation })).statusCode
      if (login === circle) t.equal(status, 401, 'there is no redirect loop')
    }
  })
}

t.test('does not redirect the login page to itself, and redirects nothing without a login page', async (t) => {
  const guarded = {
    after: async (app: Parameters<typeof signIn>[0]) =>
      void app.get('/login', { config: { access: authenticated } }, async () => 'login')
  }
  const app = await serverWith(t, { options: { loginPath: '/login' }, ...guarded })
  t.equal((await app.inject({ url: '/login?returnTo=%2F', headers: navigation })).statusCode, 401)
  t.equal((await (await serverWith(t)).inject({ url: '/me', headers: navigation })).statusCode, 401)
})

t.test('redirects a browser with too old a login to a fresh login, and admits it afterwards', async (t) => {
  const clock = { time: start }
  const app = await serverWith(t, {
    options: { loginPath: '/login', now: () => clock.time * 1000 },
    clock: { now: () => clock.time * 1000, async read() {} },
    guardOptions: { now: () => clock.time * 1000 },
    after: async (app) => {
      const config = { access: recentLogin({ maxAge: 300 }) }
      app.get('/danger', { config }, async () => 'danger')
      app.get('/login', { config }, async () => 'login')
    }
  })
  const open = async (cookie: string, url = '/danger?a=1'): Promise<LightMyRequestResponse> =>
    app.inject({ url, headers: { ...navigation, cookie } })
  const cookie = await signIn(app)
  clock.time = start + 300
  t.equal((await open(cookie)).statusCode, 200)
  clock.time = start + 301
  const sent = await open(cookie)
  t.equal(sent.statusCode, 303)
  t.equal(sent.headers.location, '/login?returnTo=%2Fdanger%3Fa%3D1&prompt=login')
  t.equal((await open(cookie, '/login')).statusCode, 401, 'there is no redirect loop')
  t.equal((await open('', '/danger')).headers.location, '/login?returnTo=%2Fdanger')
  const script = await app.inject({ url: '/danger', headers: { cookie } })
  t.equal(script.statusCode, 401)
  t.equal(script.json().code, 'LATCHKEY_INSUFFICIENT_USER_AUTHENTICATION')

  t.equal((await open(await signIn(app))).statusCode, 200)
  const old = await signIn(app, { subject: 'alice', authenticatedAt: start })
  t.equal((await open(old)).statusCode, 303, 'the time of the login counts, not the time of the session')
  const unknown = await signIn(app, { subject: 'alice', authenticatedAt: null })
  t.equal((await open(unknown)).statusCode, 303, 'a login of unknown time is not recent')
})
