import Fastify, { type FastifyInstance, type HTTPMethods } from 'fastify'
import t, { type Test } from 'tap'
import { like, rejectsLike, throwsLike } from '@latchkey/exact'
import guard, {
  type AccessRule,
  authenticated,
  type Authenticator,
  everyone,
  type GuardOptions,
  noAuthentication
} from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

const origin = 'https://app.example.com'
const trusted = 'https://spa.example.com'
const bearer = keyAuthenticator({ scheme: 'bearer', challenge: 'Bearer' })
const session = keyAuthenticator({ scheme: 'session', challenge: null, header: 'cookie', ambient: true })
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'HEAD', 'OPTIONS'] as const
const UNSAFE = METHODS.slice(0, 4)

interface Setup {
  readonly rule?: AccessRule
  readonly options?: GuardOptions
  readonly crossSite?: 'anonymous'
  readonly authenticators?: readonly Authenticator[]
}

async function serverWith(
  t: Test,
  { rule = everyone, options = {}, crossSite, authenticators = [bearer, session] }: Setup = {}
): Promise<FastifyInstance & { handled: (string | null)[] }> {
  const handled: (string | null)[] = []
  const app: FastifyInstance = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, options)
  for (const authenticator of authenticators) app.guard.addAuthenticator(authenticator)
  app.route({
    method: [...METHODS],
    url: '/',
    exposeHeadRoute: false,
    config: { access: rule, ...(crossSite && { crossSite }) },
    handler: async ({ principalIfAny }) => {
      handled.push(principalIfAny?.subject ?? null)
      return 'done'
    }
  })
  return Object.assign(app, { handled })
}

type Headers = Readonly<Record<string, string>>
const ask = async (app: FastifyInstance, method: HTTPMethods, headers: Headers) =>
  app.inject({ method: method as 'GET', url: '/', headers: { host: 'app.example.com', ...headers } })

const own: Headers[] = [
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-site': 'same-origin', origin: 'null' },
  { origin },
  { 'sec-fetch-site': 'cross-site', origin: trusted },
  { 'sec-fetch-site': 'same-site', origin: trusted },
  { origin: trusted }
]
const foreign: Headers[] = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site', origin },
  { 'sec-fetch-site': 'same-site', origin: 'https://evil.example.com' },
  { 'sec-fetch-site': '' },
  { 'sec-fetch-site': 'SAME-ORIGIN' },
  { 'sec-fetch-site': 'same-origin, cross-site' },
  { origin: 'null' },
  { origin: '' },
  { origin: 'no url' },
  { origin: 'https://evil.example' },
  { origin: 'https://app.example.com.evil.example' },
  { origin: 'https://app.example.com:8443' },
  { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' },
  { origin: 'https://SPA.example.com' },
  { 'sec-fetch-site': 'cross-site', origin: `${trusted}, ${trusted}` }
]

for (const [name, known] of [
  ['its origin', origin],
  ['only the Host', undefined]
] as const) {
  const authenticators = [bearer, known === undefined ? session : { ...session, origin: known }]
  const options = { trustedOrigins: [trusted] }

  t.test(
    `refuses changes by pages of other origins, without credentials too, when the guard knows ${name} (K20.5, SEC-135)`,
    async (t) => {
      const app = await serverWith(t, { authenticators, options })
      for (const method of UNSAFE) {
        for (const headers of foreign) {
          const response = await ask(app, method, headers)
          t.equal(response.statusCode, 403, `${method} ${JSON.stringify(headers)}`)
          like(t, response.json(), { code: 'LATCHKEY_CROSS_SITE_REQUEST', message: /trustedOrigins/ })
          t.equal(response.headers['www-authenticate'], undefined)
          t.equal(response.headers['cache-control'], 'no-store')
        }
        t.same(app.handled.splice(0), [], 'no handler ran')
        for (const headers of [...own, {}, { referer: 'https://evil.example/' }]) {
          t.equal((await ask(app, method, headers)).statusCode, 200, `${method} ${JSON.stringify(headers)}`)
        }
        app.handled.length = 0
      }
    }
  )
}

t.test('allows pages of every origin to read (K20.5)', async (t) => {
  const app = await serverWith(t)
  for (const method of ['GET', 'HEAD', 'OPTIONS'] as const) {
    for (const headers of foreign) {
      t.equal((await ask(app, method, headers)).statusCode, 200)
      t.equal((await ask(app, method, { ...headers, cookie: 'ann' })).statusCode, 200)
    }
  }
})

t.test('refuses a cookie with another origin, under any rule (K20.5, SEC-133)', async (t) => {
  for (const rule of [everyone, authenticated]) {
    const app = await serverWith(t, { rule, authenticators: [{ ...session, origin }] })
    for (const headers of foreign) t.equal((await ask(app, 'POST', { ...headers, cookie: 'ann' })).statusCode, 403)
    t.same(app.handled, [])
    t.equal((await ask(app, 'POST', { origin, cookie: 'ann' })).statusCode, 200)
  }
})

t.test('names the fix when a cookie comes without Sec-Fetch-Site and Origin (K3.4)', async (t) => {
  const app = await serverWith(t)
  const silent = await ask(app, 'POST', { cookie: 'ann' })
  t.equal(silent.statusCode, 403)
  like(t, silent.json(), {
    code: 'LATCHKEY_CROSS_SITE_REQUEST',
    message: /neither Sec-Fetch-Site nor Origin.* Fix: .*"Sec-Fetch-Site: same-origin"/
  })
  t.equal((await ask(app, 'POST', { cookie: 'ann', 'sec-fetch-site': 'same-origin' })).statusCode, 200, 'the fix works')
  t.same(app.handled.splice(0), ['ann'])
  const older = await ask(app, 'POST', { cookie: 'ann', origin })
  t.equal(older.statusCode, 403, 'the Host is not enough for a cookie')
  like(t, older.json().message, /Fix: set the option origin of @latchkey\/session$/)
  t.same(app.handled, [])
})

t.test('does not check the origin of a request with an explicit credential (K20.5)', async (t) => {
  const app = await serverWith(t, { rule: authenticated })
  for (const headers of [...foreign, ...own, {}]) {
    t.equal((await ask(app, 'POST', { ...headers, key: 'ann', cookie: 'bob' })).statusCode, 200)
    const bad = await ask(app, 'POST', { ...headers, key: 'bad' })
    like(t, bad, { statusCode: 401, headers: { 'www-authenticate': /^Bearer error="invalid_token"/ } })
  }
  t.ok(app.handled.every((subject) => subject === 'ann'))
})

t.test(
  'answers 401 with a challenge when a required credential is missing, from any origin (K20.5, SEC-65)',
  async (t) => {
    const app = await serverWith(t, { rule: authenticated })
    for (const headers of [...foreign, ...own, {}]) {
      like(t, await ask(app, 'POST', headers), { statusCode: 401, headers: { 'www-authenticate': 'Bearer' } })
    }
  }
)

t.test('treats an upgrade as a change (K20.5)', async (t) => {
  const app = await serverWith(t)
  const upgrade = { connection: 'upgrade', upgrade: 'websocket' }
  t.equal((await ask(app, 'GET', { ...upgrade, origin: 'https://evil.example' })).statusCode, 403)
  t.equal((await ask(app, 'GET', { ...upgrade, origin })).statusCode, 200)
  t.equal(
    (await ask(app, 'GET', { ...upgrade, origin, cookie: 'ann' })).statusCode,
    403,
    'the guard does not know its origin'
  )
})

t.test('checks no origin on a route with noAuthentication (K20.5, K2.2)', async (t) => {
  const app = await serverWith(t, { rule: noAuthentication })
  for (const headers of foreign) t.equal((await ask(app, 'POST', { ...headers, cookie: 'ann' })).statusCode, 200)
  t.ok(app.handled.every((subject) => subject === null))
})

t.test('ignores cookies of other sites on a route with crossSite: anonymous (K20.5)', async (t) => {
  for (const crossOriginProtection of [true, false]) {
    const app = await serverWith(t, { crossSite: 'anonymous', options: { crossOriginProtection } })
    for (const headers of [...foreign, {}])
      t.equal((await ask(app, 'POST', { ...headers, cookie: 'ann' })).statusCode, 200)
    t.ok(app.handled.splice(0).every((subject) => subject === null))
    await ask(app, 'POST', { 'sec-fetch-site': 'same-origin', cookie: 'ann' })
    t.same(app.handled, ['ann'])
  }
})

t.test('accepts all origins when the protection is disabled (K20.5)', async (t) => {
  const app = await serverWith(t, { options: { crossOriginProtection: false } })
  for (const headers of [...foreign, {}]) {
    t.equal((await ask(app, 'POST', headers)).statusCode, 200)
    t.equal((await ask(app, 'POST', { ...headers, cookie: 'ann' })).statusCode, 200)
  }
})

t.test('compares the origin with the authority of HTTP/2 as with the Host (K20.5)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onRequest', async ({ headers }) => {
    headers[':authority'] = headers.host
    delete headers.host
  })
  await app.register(guard)
  app.post('/', { config: { access: everyone } }, async () => 'done')
  t.equal((await ask(app, 'POST', { origin })).statusCode, 200)
  t.equal((await ask(app, 'POST', { origin: 'https://evil.example' })).statusCode, 403)
})

const good = [[], [trusted], ['http://localhost:3000', 'capacitor://localhost', 'https://[::1]:8443']]
const wrong: [name: string, options: object, message: string][] = [
  ['a text', { trustedOrigins: trusted }, '@latchkey/guard: trustedOrigins must be a list of origins; got a string'],
  [
    'a path',
    { trustedOrigins: [`${trusted}/app`] },
    "@latchkey/guard: trustedOrigins[0] must be an origin such as 'https://app.example.com', as browsers send it: without a path, a final slash or a default port; got a string"
  ],
  [
    'a trailing slash',
    { trustedOrigins: [`${trusted}/`] },
    "@latchkey/guard: trustedOrigins[0] must be an origin such as 'https://app.example.com', as browsers send it: without a path, a final slash or a default port; got a string"
  ],
  [
    'a default port',
    { trustedOrigins: [`${trusted}:443`] },
    "@latchkey/guard: trustedOrigins[0] must be an origin such as 'https://app.example.com', as browsers send it: without a path, a final slash or a default port; got a string"
  ],
  [
    'capital letters',
    { trustedOrigins: ['https://SPA.example.com'] },
    "@latchkey/guard: trustedOrigins[0] must be an origin such as 'https://app.example.com', as browsers send it: without a path, a final slash or a default port; got a string"
  ],
  [
    'a wildcard',
    { trustedOrigins: ['*'] },
    "@latchkey/guard: trustedOrigins[0] must be an origin such as 'https://app.example.com', as browsers send it: without a path, a final slash or a default port; got a string"
  ],
  [
    'null',
    { trustedOrigins: ['null'] },
    "@latchkey/guard: trustedOrigins[0] must be an origin such as 'https://app.example.com', as browsers send it: without a path, a final slash or a default port; got a string"
  ],
  [
    'a host without a scheme',
    { trustedOrigins: ['spa.example.com'] },
    "@latchkey/guard: trustedOrigins[0] must be an origin such as 'https://app.example.com', as browsers send it: without a path, a final slash or a default port; got a string"
  ],
  [
    'credentials',
    { trustedOrigins: ['https://a@spa.example.com'] },
    "@latchkey/guard: trustedOrigins[0] must be an origin such as 'https://app.example.com', as browsers send it: without a path, a final slash or a default port; got a string"
  ],
  [
    'no host',
    { trustedOrigins: ['file://'] },
    "@latchkey/guard: trustedOrigins[0] must be an origin such as 'https://app.example.com', as browsers send it: without a path, a final slash or a default port; got a string"
  ],
  [
    'a pattern',
    { trustedOrigins: [/spa/] },
    "@latchkey/guard: trustedOrigins[0] must be an origin such as 'https://app.example.com', as browsers send it: without a path, a final slash or a default port; got an object"
  ],
  [
    'a word',
    { crossOriginProtection: 'off' },
    '@latchkey/guard: crossOriginProtection must be true or false; got a string'
  ],
  [
    'origins without the protection',
    { crossOriginProtection: false, trustedOrigins: [] },
    '@latchkey/guard: trustedOrigins has no effect with crossOriginProtection: false. Fix: leave one of the two out'
  ],
  ['a number', { challengeScopes: 0 }, '@latchkey/guard: challengeScopes must be true or false; got a number']
]

t.test('accepts exact origins, and refuses other values when the server starts (K20.5)', async (t) => {
  for (const trustedOrigins of good) await serverWith(t, { options: { trustedOrigins } })
  for (const [name, options, message] of wrong) {
    const app = Fastify()
    t.teardown(() => app.close())
    const registered = Promise.resolve(app.register(guard, options as GuardOptions)) // cast: possible in JavaScript
    await rejectsLike(t, registered, { code: 'LATCHKEY_REGISTRATION', message }, name)
  }
})

t.test('refuses an authenticator whose origin is an empty text', async (t) => {
  const app = await serverWith(t)
  throwsLike(t, () => app.guard.addAuthenticator({ ...session, scheme: 'other', origin: '' }), {
    message:
      'app.guard.addAuthenticator(): argument "authenticator".origin must be a non-empty string; got an empty string'
  })
})
