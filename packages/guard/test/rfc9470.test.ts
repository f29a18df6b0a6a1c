import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import guard, {
  type AccessRule,
  allOf,
  anyOf,
  type Authentication,
  type Authenticator,
  everyone,
  type GuardOptions,
  recentLogin
} from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

/** 2030-01-01, in seconds. */
const now = 1_893_456_000
const browser = { 'sec-fetch-mode': 'navigate' }
const fresh = recentLogin({ maxAge: 300 })

interface Setup {
  /** The time of the caller's login. */
  readonly login?: unknown
  readonly authenticator?: Partial<Authenticator>
  readonly options?: GuardOptions
}

async function serverWith(t: Test, rule: AccessRule, setup: Setup = {}): Promise<FastifyInstance> {
  const { login = now, authenticator, options } = setup
  const keys = keyAuthenticator({ scheme: 'bearer', challenge: 'Bearer' })
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, { now: () => now * 1000, ...options })
  app.guard.addAuthenticator({
    ...keys,
    authenticate(request) {
      const vouched = keys.authenticate(request) as Authentication | null // cast: the fixture is synchronous
      return vouched && { ...vouched, authenticatedAt: login as number } // cast: possible in JavaScript
    },
    ...authenticator
  })
  app.route({
    method: ['GET', 'POST'],
    url: '/',
    config: { access: rule },
    handler: async (request) => request.principalIfAny?.subject ?? 'anonymous'
  })
  return app
}

async function statusFor(t: Test, login: unknown, rule: AccessRule = fresh): Promise<number> {
  const app = await serverWith(t, rule, { login })
  return (await app.inject({ url: '/', headers: { key: 'ann a' } })).statusCode
}

t.test('answers 401 insufficient_user_authentication when the login is too old', async (t) => {
  const app = await serverWith(t, allOf('a', fresh), { login: now - 301 })
  const response = await app.inject({ url: '/', headers: { key: 'ann a' } })
  t.equal(response.statusCode, 401)
  t.equal(
    response.headers['www-authenticate'],
    'Bearer error="insufficient_user_authentication", error_description="The login is too old: a fresh login is required", max_age="300"'
  )
  t.equal(response.json().code, 'LATCHKEY_INSUFFICIENT_USER_AUTHENTICATION')
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.headers.vary, 'key')
})

t.test('accepts a login until the exact end of its maximum age', async (t) => {
  t.equal(await statusFor(t, now), 200)
  t.equal(await statusFor(t, now - 300), 200)
  t.equal(await statusFor(t, now - 300.001), 401)
  t.equal(await statusFor(t, now - 301), 401)
  t.equal(await statusFor(t, 0), 401)
})

t.test('answers 401 to a login in the future beyond the clock tolerance of a minute (K11)', async (t) => {
  t.equal(await statusFor(t, now + 60), 200)
  t.equal(await statusFor(t, now + 60.001), 401)
  t.equal(await statusFor(t, now + 3600), 401)
  t.equal(await statusFor(t, (now - 30 * 86_400) * 1000), 401, 'a time in milliseconds')
  const app = await serverWith(t, allOf('a', fresh), { login: now * 1000 })
  const response = await app.inject({ url: '/', headers: { key: 'ann a' } })
  t.equal(response.statusCode, 401)
  t.equal(response.json().code, 'LATCHKEY_INSUFFICIENT_USER_AUTHENTICATION')
  t.equal(
    response.headers['www-authenticate'],
    'Bearer error="insufficient_user_authentication", error_description="The login is too old: a fresh login is required", max_age="300"'
  )
})

t.test('does not accept a login without a valid time as recent', async (t) => {
  for (const login of [null, Number.NaN, Number.POSITIVE_INFINITY, `${now}`, new Date(now * 1000), true]) {
    t.equal(await statusFor(t, login), 401, String(login))
  }
})

t.test('uses the system clock by default', async (t) => {
  const options = { now: undefined }
  const seconds = Math.floor(Date.now() / 1000)
  const recent = await serverWith(t, fresh, { login: seconds, options })
  t.equal((await recent.inject({ url: '/', headers: { key: 'ann' } })).statusCode, 200)
  const old = await serverWith(t, fresh, { login: seconds - 302, options })
  t.equal((await old.inject({ url: '/', headers: { key: 'ann' } })).statusCode, 401)
})

t.test('does not read the clock when no rule requires a recent login', async (t) => {
  const now = (): number => t.fail('the clock was read') as unknown as number // never called
  const app = await serverWith(t, allOf('a'), { options: { now } })
  t.equal((await app.inject({ url: '/', headers: { key: 'ann a' } })).statusCode, 200)
  t.equal((await app.inject({ url: '/', headers: { key: 'ann b' } })).statusCode, 403)
})

const minute = recentLogin({ maxAge: 60 })
const hour = recentLogin({ maxAge: 3600 })
const orders: { name: string; rule: AccessRule; status: number; says?: RegExp }[] = [
  { name: 'accepts when one of two alternatives is satisfied', rule: anyOf(minute, 'a'), status: 200 },
  { name: 'accepts everyone when the rule contains everyone', rule: anyOf(minute, everyone), status: 200 },
  {
    name: 'requires a login when a login alone is sufficient',
    rule: anyOf(allOf('b', hour), allOf('a', minute)),
    status: 401,
    says: /max_age="60"$/
  },
  {
    name: 'requires the least recent login that is sufficient',
    rule: anyOf(minute, allOf('a', recentLogin({ maxAge: 90 })), allOf('b', hour)),
    status: 401,
    says: /max_age="90"$/
  },
  {
    name: 'requires scopes when a login is not sufficient',
    rule: anyOf(allOf('b', 'c', minute), allOf('b', minute)),
    status: 403,
    says: /insufficient_scope.*scope="b"$/
  },
  {
    name: 'requires scopes first when scopes and login are missing',
    rule: allOf('a', 'b', minute),
    status: 403,
    says: /scope="a b"$/
  }
]

for (const { name, rule, status, says } of orders) {
  t.test(`${name}, when the login is two minutes old`, async (t) => {
    const app = await serverWith(t, rule, { login: now - 120 })
    const response = await app.inject({ url: '/', headers: { key: 'ann a' } })
    t.equal(response.statusCode, status)
    if (says) like(t, response.headers['www-authenticate'], says)
  })
}

t.test('applies implied scopes, and names the scopes of the rule (SEC-70)', async (t) => {
  const options = { implies: { write: ['read'], admin: ['write'] } }
  const app = await serverWith(t, allOf('read', fresh), { login: now - 301, options })
  const implied = await app.inject({ url: '/', headers: { key: 'ann admin' } })
  t.match(implied.headers['www-authenticate'], /insufficient_user_authentication/, 'admin implies read')
  t.notMatch(implied.headers['www-authenticate'], /scope=/)

  const audited = await serverWith(t, allOf('write', 'audit'), { options })
  for (const held of ['admin', 'write', '']) {
    const response = await audited.inject({ url: '/', headers: { key: `ann ${held}` } })
    t.match(response.headers['www-authenticate'], / scope="write audit"$/, held)
  }
})

t.test('answers 401 to an anonymous caller without naming a maximum age', async (t) => {
  const app = await serverWith(t, fresh)
  const response = await app.inject('/')
  t.equal(response.statusCode, 401)
  t.equal(response.headers['www-authenticate'], 'Bearer')
})

t.test('redirects a browser with an old login to a fresh login, and answers 401 to other requests', async (t) => {
  const wanted: unknown[] = []
  const authenticator: Partial<Authenticator> = {
    challenge: null,
    ambient: true,
    signInUrl: (_request, login) => `/login?${String(wanted.push(login))}`
  }
  const app = await serverWith(t, allOf('a', fresh), { login: now - 301, authenticator })
  const page = await app.inject({ url: '/', headers: { ...browser, key: 'ann a' } })
  t.equal(page.statusCode, 303)
  t.equal(page.headers.location, '/login?1')
  t.equal(page.headers['cache-control'], 'no-store')
  t.equal(page.headers['www-authenticate'], undefined)
  t.equal((await app.inject({ url: '/', headers: browser })).statusCode, 303)
  t.same(wanted, [{ fresh: true }, { fresh: false }], 'a session, and an anonymous caller')

  const script = await app.inject({ url: '/', headers: { key: 'ann a' } })
  t.equal(script.statusCode, 401)
  t.equal(script.json().code, 'LATCHKEY_INSUFFICIENT_USER_AUTHENTICATION')
  t.equal(script.headers['www-authenticate'], undefined)
  const own = { ...browser, 'sec-fetch-site': 'same-origin' }
  const form = await app.inject({ method: 'POST', url: '/', headers: { ...own, key: 'ann a' } })
  t.equal(form.statusCode, 401)
  const poor = await app.inject({ url: '/', headers: { ...browser, key: 'ann' } })
  t.equal(poor.statusCode, 403, 'a login adds no scope')
  t.equal(wanted.length, 2)
})

t.test('asks only the authenticator of the credential for the address of a fresh login', async (t) => {
  const app = await serverWith(t, fresh, { login: now - 301 })
  const session = keyAuthenticator({ scheme: 'session', challenge: null, ambient: true, header: 'cookie' })
  app.guard.addAuthenticator({ ...session, signInUrl: () => '/login' })
  const response = await app.inject({ url: '/', headers: { ...browser, key: 'ann' } })
  t.equal(response.statusCode, 401)
  t.match(response.headers['www-authenticate'], /^Bearer error="insufficient_user_authentication"/)
})
