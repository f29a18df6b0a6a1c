import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import guard, {
  allOf,
  authenticated,
  AuthenticationRequiredError,
  type Authenticator,
  CrossSiteRequestError,
  everyone
} from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

const browser = { 'sec-fetch-mode': 'navigate', accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const bearer = keyAuthenticator({ scheme: 'bearer', challenge: 'Bearer', header: 'key' })
const cookie = { ...keyAuthenticator({ scheme: 'session', challenge: null, header: 'cookie', ambient: true }) }
const session: Authenticator = { ...cookie, signInUrl: ({ url }) => (url === '/login' ? null : '/login?returnTo=x') }

async function serverWith(t: Test, authenticators: Authenticator[]): Promise<FastifyInstance & { handled: string[] }> {
  const handled: string[] = []
  const app: FastifyInstance = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  for (const authenticator of authenticators) app.guard.addAuthenticator(authenticator)
  app.addHook('onRequest', async ({ url }) => void handled.push(`hook ${url}`))
  app.route({
    method: ['GET', 'POST'],
    url: '/page',
    config: { access: authenticated },
    handler: async ({ url }) => void handled.push(url)
  })
  app.get('/admin', { config: { access: allOf('admin') } }, async () => 'admin')
  app.get('/login', { config: { access: authenticated } }, async () => 'login')
  app.get('/open', { config: { access: everyone } }, async () => 'open')
  return Object.assign(app, { handled })
}

for (const [kind, slow] of [
  ['at once', false],
  ['with a promise', true]
] as const) {
  t.test(
    `redirects a browser from a guarded page to the sign-in URL, when authenticators answer ${kind}`,
    async (t) => {
      const authenticate = keyAuthenticator({ slow, header: 'cookie' }).authenticate
      const app = await serverWith(t, [bearer, { ...session, authenticate }])
      for (const headers of [browser, { accept: 'Text/HTML;q=0.9, */*' }]) {
        const response = await app.inject({ url: '/page', headers })
        t.equal(response.statusCode, 303)
        t.equal(response.headers.location, '/login?returnTo=x')
        t.equal(response.headers['cache-control'], 'no-store')
        t.equal(response.headers.vary, 'key, cookie')
        t.equal(response.headers['www-authenticate'], undefined)
        t.equal(response.body, '')
      }
      t.same(app.handled, [], 'no hook after the guard ran, and no handler')
      t.equal((await app.inject({ url: '/page', headers: { ...browser, cookie: 'alice' } })).statusCode, 200)
    }
  )
}

t.test('does not redirect a request that is not an anonymous navigation', async (t) => {
  const app = await serverWith(t, [bearer, session])
  const requests: [headers: Record<string, string>, url?: string, method?: 'GET' | 'POST' | 'HEAD'][] = [
    [{}],
    [{ accept: '*/*' }],
    [{ accept: 'application/json, text/html' }],
    [{ accept: 'text/htmlx' }],
    [{ ...browser, 'sec-fetch-mode': 'cors' }],
    [browser, '/page', 'POST'],
    [browser, '/page', 'HEAD'],
    [browser, '/login']
  ]
  for (const [headers, url = '/page', method = 'GET'] of requests) {
    const response = await app.inject({ method, url, headers })
    t.equal(response.statusCode, 401)
    t.equal(response.headers['www-authenticate'], 'Bearer')
  }
  const poor = await app.inject({ url: '/admin', headers: { ...browser, cookie: 'alice' } })
  t.equal(poor.statusCode, 403)
  const bad = await app.inject({ url: '/page', headers: { ...browser, key: 'bad', cookie: 'alice' } })
  t.equal(bad.statusCode, 401, 'a request with a refused credential is not anonymous (SEC-67)')
  t.equal((await app.inject({ url: '/open', headers: browser })).statusCode, 200)
})

t.test('answers 401 when no authenticator has a sign-in URL', async (t) => {
  const app = await serverWith(t, [bearer, cookie])
  t.equal((await app.inject({ url: '/page', headers: browser })).statusCode, 401)
})

t.test('answers 401 with the challenge when a sign-in URL throws, and asks the next authenticator', async (t) => {
  const logged: unknown[] = []
  const stream = { write: (line: string) => void logged.push(JSON.parse(line)) }
  const app = Fastify({ logger: { level: 'error', stream } })
  t.teardown(() => app.close())
  await app.register(guard)
  app.guard.addAuthenticator({
    ...bearer,
    signInUrl() {
      throw new Error('password=hunter2')
    }
  })
  app.get('/page', { config: { access: authenticated } }, async () => 'page')
  app.get('/thrown', { config: { access: everyone } }, async () => {
    throw new AuthenticationRequiredError()
  })
  for (const url of ['/page', '/thrown']) {
    const { statusCode, headers, body } = await app.inject({ url, headers: browser })
    t.same([statusCode, headers['www-authenticate'], body.includes('hunter2')], [401, 'Bearer', false], url)
    const error = { type: 'Error', message: 'password=hunter2' }
    like(t, logged.pop(), { msg: 'signInUrl() of the authenticator "bearer" failed', err: error }, url)
  }
  t.same(logged, [])
  app.guard.addAuthenticator(session)
  t.equal((await app.inject({ url: '/page', headers: browser })).headers.location, '/login?returnTo=x')
})

t.test('refuses a sign-in URL that is not a function', async (t) => {
  const app = await serverWith(t, [])
  // The types forbid it; a caller in JavaScript can still do it.
  const wrong = { ...session, signInUrl: '/login' } as unknown as Authenticator
  throwsLike(t, () => app.guard.addAuthenticator(wrong), {
    message: 'app.guard.addAuthenticator(): argument "authenticator".signInUrl must be a function; got a string'
  })
})

t.test('passes on a refused cross-site request as 403 without a challenge (SEC-133)', async (t) => {
  const refusing: Authenticator = {
    ...session,
    challenge: 'Session',
    authenticate() {
      throw new CrossSiteRequestError()
    }
  }
  const app = await serverWith(t, [bearer, refusing])
  const response = await app.inject({ method: 'POST', url: '/page', headers: { cookie: 'alice' } })
  t.equal(response.statusCode, 403)
  t.equal(response.json().code, 'LATCHKEY_CROSS_SITE_REQUEST')
  t.equal(response.headers['www-authenticate'], undefined)
  t.equal(response.headers['cache-control'], 'no-store')
})
