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

t.test('asks whoever logged in too long ago to do so again, by the book', async (t) => {
  const app = await serverWith(t, allOf('a', fresh), { login: now - 301 })
  const response = await app.inject({ url: '/', headers: { key: 'ann a' } })
  t.equal(response.statusCode, 401)
  t.equal(
    response.headers['www-authenticate'],
    'Bearer error="insufficient_user_authentication", error_description="The login was too long ago for this: a fresh one is needed", max_age="300"'
  )
  t.equal(response.json().code, 'LATCHKEY_INSUFFICIENT_USER_AUTHENTICATION')
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.headers.vary, 'key')
})

t.test('takes a login for recent to the very end of its time, and not a moment longer', async (t) => {
  t.equal(await statusFor(t, now), 200)
  t.equal(await statusFor(t, now - 300), 200)
  t.equal(await statusFor(t, now - 300.001), 401)
  t.equal(await statusFor(t, now - 301), 401)
  t.equal(await statusFor(t, 0), 401)
})

t.test('returns 401 for a login later than now and a clock tolerance of a minute (K11)', async (t) => {
  t.equal(await statusFor(t, now + 60), 200)
  t.equal(await statusFor(t, now + 60.001), 401)
  t.equal(await statusFor(t, now + 3600), 401)
  t.equal(await statusFor(t, (now - 30 * 86_400) * 1000), 401, 'in milliseconds')
  const app = await serverWith(t, allOf('a', fresh), { login: now * 1000 })
  const response = await app.inject({ url: '/', headers: { key: 'ann a' } })
  t.equal(response.statusCode, 401)
  t.equal(response.json().code, 'LATCHKEY_INSUFFICIENT_USER_AUTHENTICATION')
  t.equal(
    response.headers['www-authenticate'],
    'Bearer error="insufficient_user_authentication", error_description="The login was too long ago for this: a fresh one is needed", max_age="300"'
  )
})

t.test('takes no login for recent that the credential does not tell the time of', async (t) => {
  for (const login of [null, Number.NaN, Number.POSITIVE_INFINITY, `${now}`, new Date(now * 1000), true]) {
    t.equal(await statusFor(t, login), 401, String(login))
  }
})

t.test('looks at the clock of the machine by default', async (t) => {
  const options = { now: undefined }
  const seconds = Math.floor(Date.now() / 1000)
  const recent = await serverWith(t, fresh, { login: seconds, options })
  t.equal((await recent.inject({ url: '/', headers: { key: 'ann' } })).statusCode, 200)
  const old = await serverWith(t, fresh, { login: seconds - 302, options })
  t.equal((await old.inject({ url: '/', headers: { key: 'ann' } })).statusCode, 401)
})

t.test('looks at no clock where no rule asks for a recent login', async (t) => {
  const now = (): number => t.fail('nobody asked') as unknown as number // never called
  const app = await serverWith(t, allOf('a'), { options: { now } })
  t.equal((await app.inject({ url: '/', headers: { key: 'ann a' } })).statusCode, 200)
  t.equal((await app.inject({ url: '/', headers: { key: 'ann b' } })).statusCode, 403)
})

const minute = recentLogin({ maxAge: 60 })
const hour = recentLogin({ maxAge: 3600 })
const orders: { name: string; rule: AccessRule; status: number; says?: RegExp }[] = [
  { name: 'lets in by the one way that is satisfied', rule: anyOf(minute, 'a'), status: 200 },
  { name: 'lets everyone in where everyone may', rule: anyOf(minute, everyone), status: 200 },
  {
    name: 'asks for a login where that alone would do',
    rule: anyOf(allOf('b', hour), allOf('a', minute)),
    status: 401,
    says: /max_age="60"$/
  },
  {
    name: 'asks for the least recent login that would do',
    rule: anyOf(minute, allOf('a', recentLogin({ maxAge: 90 })), allOf('b', hour)),
    status: 401,
    says: /max_age="90"$/
  },
  {
    name: 'asks for scopes where a login would not do',
    rule: anyOf(allOf('b', 'c', minute), allOf('b', minute)),
    status: 403,
    says: /insufficient_scope.*scope="b"$/
  },
  {
    name: 'asks for scopes first where both are lacking',
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

t.test('heeds what scopes imply, and asks for those that the rule names (SEC-70)', async (t) => {
  const options = { implies: { write: ['read'], admin: ['write'] } }
  const app = await serverWith(t, allOf('read', fresh), { login: now - 301, options })
  const implied = await app.inject({ url: '/', headers: { key: 'ann admin' } })
  t.match(implied.headers['www-authenticate'], /insufficient_user_authentication/, 'admin holds read')
  t.notMatch(implied.headers['www-authenticate'], /scope=/)

  const audited = await serverWith(t, allOf('write', 'audit'), { options })
  for (const held of ['admin', 'write', '']) {
    const response = await audited.inject({ url: '/', headers: { key: `ann ${held}` } })
    t.match(response.headers['www-authenticate'], / scope="write audit"$/, held)
  }
})

t.test('answers 401 to an anonymous caller, without a word of logins', async (t) => {
  const app = await serverWith(t, fresh)
  const response = await app.inject('/')
  t.equal(response.statusCode, 401)
  t.equal(response.headers['www-authenticate'], 'Bearer')
})

t.test('sends a browser whose login is too old to log in afresh, and answers 401 to anything else', async (t) => {
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
  t.same(wanted, [{ fresh: true }, { fresh: false }], 'somebody, and nobody')

  const script = await app.inject({ url: '/', headers: { key: 'ann a' } })
  t.equal(script.statusCode, 401)
  t.equal(script.json().code, 'LATCHKEY_INSUFFICIENT_USER_AUTHENTICATION')
  t.equal(script.headers['www-authenticate'], undefined)
  const own = { ...browser, 'sec-fetch-site': 'same-origin' }
  const form = await app.inject({ method: 'POST', url: '/', headers: { ...own, key: 'ann a' } })
  t.equal(form.statusCode, 401)
  const poor = await app.inject({ url: '/', headers: { ...browser, key: 'ann' } })
  t.equal(poor.statusCode, 403, 'no login gives anybody a scope')
  t.equal(wanted.length, 2)
})

t.test('asks only the authenticator that vouched where to log in afresh', async (t) => {
  const app = await serverWith(t, fresh, { login: now - 301 })
  const session = keyAuthenticator({ scheme: 'session', challenge: null, ambient: true, header: 'cookie' })
  app.guard.addAuthenticator({ ...session, signInUrl: () => '/login' })
  const response = await app.inject({ url: '/', headers: { ...browser, key: 'ann' } })
  t.equal(response.statusCode, 401)
  t.match(response.headers['www-authenticate'], /^Bearer error="insufficient_user_authentication"/)
})
