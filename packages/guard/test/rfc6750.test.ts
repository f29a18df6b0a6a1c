import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import guard, {
  type AccessRule,
  type Authentication,
  allOf,
  anyOf,
  type Authenticator,
  authenticated,
  everyone,
  type GuardOptions,
  InvalidRequestError,
  InvalidTokenError,
  TooManyRequestsError,
  UnavailableError
} from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

const bearer = keyAuthenticator({ scheme: 'bearer', challenge: 'Bearer', header: 'key' })
const cookie = keyAuthenticator({ scheme: 'session', challenge: null, header: 'cookie', ambient: true })

async function serverWith(
  t: Test,
  rule: AccessRule,
  authenticators: Authenticator[] = [bearer],
  options: GuardOptions = {}
): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, options)
  for (const authenticator of authenticators) app.guard.addAuthenticator(authenticator)
  app.get('/', { config: { access: rule } }, async (request) => request.principalIfAny?.subject ?? 'anonymous')
  return app
}

const slow = keyAuthenticator({ slow: true })
const answers: [kind: string, authenticate: Authenticator['authenticate']][] = [
  ['a plain value', (request) => bearer.authenticate(request)],
  ['a promise', (request) => slow.authenticate(request)],
  // Query builders return thenables; other realms have their own promises.
  ['another thenable', (request) => foreign(slow.authenticate(request)) as Promise<Authentication>]
]

function foreign(promise: unknown): object {
  const { then } = Promise.resolve(promise)
  return { then: then.bind(promise) }
}

for (const [kind, authenticate] of answers) {
  t.test(`answers as RFC 6750 requires when the authenticator returns ${kind} (SEC-65)`, async (t) => {
    const app = await serverWith(t, allOf('a', 'b'), [{ ...bearer, authenticate }])

    const none = await app.inject('/')
    t.equal(none.statusCode, 401)
    t.equal(none.headers['www-authenticate'], 'Bearer scope="a b"')
    t.equal(none.json().code, 'LATCHKEY_AUTHENTICATION_REQUIRED')

    const bad = await app.inject({ url: '/', headers: { key: 'bad' } })
    t.equal(bad.statusCode, 401)
    t.equal(bad.headers['www-authenticate'], 'Bearer error="invalid_token", error_description="The key is not valid"')
    t.equal(bad.json().code, 'LATCHKEY_INVALID_TOKEN')

    const little = await app.inject({ url: '/', headers: { key: 'ann a' } })
    t.equal(little.statusCode, 403)
    t.match(little.headers['www-authenticate'], /^Bearer error="insufficient_scope", .*, scope="a b"$/)
    t.equal(little.json().code, 'LATCHKEY_INSUFFICIENT_SCOPE')

    const enough = await app.inject({ url: '/', headers: { key: 'ann a b c' } })
    t.equal(enough.statusCode, 200)
    t.equal(enough.body, 'ann')
  })
}

t.test('answers 400 invalid_request to a malformed credential (SEC-65)', async (t) => {
  const app = await serverWith(t, authenticated, [
    {
      ...bearer,
      authenticate() {
        throw new InvalidRequestError('The request carries more than one token')
      }
    }
  ])
  const response = await app.inject('/')
  t.equal(response.statusCode, 400)
  t.match(response.headers['www-authenticate'], /^Bearer error="invalid_request"/)
})

t.test('leaves a description that RFC 6750 does not allow out of the challenge (SEC-66)', async (t) => {
  const app = await serverWith(t, authenticated, [
    {
      ...bearer,
      authenticate() {
        throw new InvalidRequestError('a "quote", a\r\nline and é')
      }
    }
  ])
  const response = await app.inject('/')
  t.equal(response.headers['www-authenticate'], 'Bearer error="invalid_request"')
})

t.test('each challenge has the description of its own refusal, for any number of refusals (SEC-65)', async (t) => {
  const refusing = {
    ...bearer,
    authenticate: ({ headers }: FastifyRequest): never => {
      throw new InvalidTokenError(`reason ${String(headers['x-reason'])}`)
    }
  }
  const app = await serverWith(t, authenticated, [refusing])
  const reasons = Array.from({ length: 150 }, (_, at) => String(at))
  const challenges = []
  for (const reason of [...reasons, ...reasons]) {
    const { headers } = await app.inject({ url: '/', headers: { 'x-reason': reason } })
    challenges.push(headers['www-authenticate'])
  }
  t.same(
    challenges,
    [...reasons, ...reasons].map((at) => `Bearer error="invalid_token", error_description="reason ${at}"`)
  )
})

t.test('sends one challenge for each scheme, and none for cookies (SEC-65)', async (t) => {
  const both = await serverWith(t, authenticated, [cookie, bearer, { ...bearer, scheme: 'dpop', challenge: 'DPoP' }])
  t.equal((await both.inject('/')).headers['www-authenticate'], 'Bearer, DPoP')
  const cookiesOnly = await serverWith(t, authenticated, [cookie])
  const response = await cookiesOnly.inject('/')
  t.equal(response.statusCode, 401)
  t.notOk('www-authenticate' in response.headers)
})

t.test('does not fall back from an invalid credential to a valid one or to anonymous (SEC-67)', async (t) => {
  const app = await serverWith(t, everyone, [cookie, bearer])
  const refused = await app.inject({ url: '/', headers: { key: 'bad', cookie: 'ann' } })
  t.equal(refused.statusCode, 401)
  t.match(refused.headers['www-authenticate'], /invalid_token/)
  t.equal((await app.inject({ url: '/', headers: { key: 'bad' } })).statusCode, 401)
})

t.test('prefers an explicit credential to a cookie (SEC-67)', async (t) => {
  for (const order of [
    [cookie, bearer],
    [bearer, cookie]
  ]) {
    const app = await serverWith(t, authenticated, order)
    t.equal((await app.inject({ url: '/', headers: { key: 'ann', cookie: 'bob' } })).body, 'ann')
    t.equal((await app.inject({ url: '/', headers: { cookie: 'bob' } })).body, 'bob')
  }
})

t.test('asks the next authenticator when a promise of the first resolves to null', async (t) => {
  const app = await serverWith(t, authenticated, [keyAuthenticator({ slow: true, header: 'other' }), bearer])
  t.equal((await app.inject({ url: '/', headers: { key: 'ann' } })).body, 'ann')
  t.equal((await app.inject('/')).statusCode, 401)
})

t.test('compares complete scopes exactly (SEC-70)', async (t) => {
  const app = await serverWith(t, allOf('read'))
  for (const held of ['readwrite', 'rea', 'Read', 'read:all', 'r ead', '']) {
    t.equal((await app.inject({ url: '/', headers: { key: `ann ${held}` } })).statusCode, 403, `holding "${held}"`)
  }
})

t.test('names the alternative with the fewest missing scopes', async (t) => {
  const app = await serverWith(t, anyOf(allOf('a', 'b', 'c'), allOf('d', 'e')))
  const scopeFor = async (key: string): Promise<string | undefined> =>
    /scope="(.*)"/.exec(String((await app.inject({ url: '/', headers: { key } })).headers['www-authenticate']))?.[1]
  t.equal(await scopeFor('ann'), 'd e')
  t.equal(await scopeFor('ann a b'), 'a b c')
})

t.test('answers 503 with Retry-After and no challenge when a dependency is down (SEC-68)', async (t) => {
  const failing = (error: Error): Authenticator => ({ ...bearer, authenticate: async () => Promise.reject(error) })
  const app = await serverWith(t, everyone, [
    failing(new UnavailableError('The key set cannot be read', { retryAfter: 30 }))
  ])
  const response = await app.inject('/')
  t.equal(response.statusCode, 503)
  t.equal(response.headers['retry-after'], '30')
  t.notOk('www-authenticate' in response.headers)
  t.equal(response.headers['cache-control'], 'no-store')
})

t.test('answers 429 with Retry-After and no challenge when the share of a caller is used up (K8.2)', async (t) => {
  for (const [options, sent] of [
    [{ retryAfter: 29.5, cause: 'the key' }, '30'],
    [{ retryAfter: Number.NaN }, '5'],
    [undefined, '5']
  ] as const) {
    const authenticate = async (): Promise<null> => Promise.reject(new TooManyRequestsError('Used too often', options))
    const response = await (await serverWith(t, everyone, [{ ...bearer, authenticate }])).inject('/')
    t.same([response.statusCode, response.json().code], [429, 'LATCHKEY_TOO_MANY_REQUESTS'])
    t.equal(response.headers['retry-after'], sent)
    t.equal(response.headers['cache-control'], 'no-store')
    t.notOk('www-authenticate' in response.headers)
  }
})

const nobody: [name: string, answer: unknown][] = [
  ['true', true],
  ['an empty object', {}],
  ['an empty subject', { subject: '', scopes: new Set() }],
  ['scopes as a list', { subject: 'ann', scopes: ['a'] }],
  ['no scopes', { subject: 'ann' }]
]

for (const [name, answer] of nobody) {
  t.test(`accepts no caller when an authenticator returns ${name} (SEC-68)`, async (t) => {
    for (const given of [answer, Promise.resolve(answer)]) {
      const app = await serverWith(t, everyone, [{ ...bearer, authenticate: () => given as Authentication }])
      const response = await app.inject('/')
      t.equal(response.statusCode, 500)
      t.equal(response.json().code, 'LATCHKEY_GUARD_FAILURE')
    }
  })
}

t.test('sends a valid number of seconds as Retry-After for any value (SEC-68)', async (t) => {
  for (const [retryAfter, sent] of [
    [Number.NaN, '5'],
    [-1, '5'],
    [Number.POSITIVE_INFINITY, '5'],
    [0.2, '1']
  ] as const) {
    const down = async (): Promise<null> => Promise.reject(new UnavailableError('It is down', { retryAfter }))
    const app = await serverWith(t, everyone, [{ ...bearer, authenticate: down }])
    t.equal((await app.inject('/')).headers['retry-after'], sent)
  }
})

t.test('answers 500 without details when an authenticator throws (SEC-68)', async (t) => {
  for (const thrown of [new Error('password=hunter2'), Object.assign(new Error('hunter2'), { statusCode: 200 })]) {
    const app = await serverWith(t, everyone, [
      {
        ...bearer,
        authenticate() {
          throw thrown
        }
      }
    ])
    const response = await app.inject('/')
    t.equal(response.statusCode, 500)
    t.equal(response.json().code, 'LATCHKEY_GUARD_FAILURE')
    t.notMatch(response.body, /hunter2/)
  }
})

t.test('keeps answers that depend on the caller out of shared caches (SEC-71)', async (t) => {
  const app = await serverWith(t, everyone, [bearer, cookie])
  app.get('/cached', { config: { access: authenticated } }, async (_request, reply) => {
    reply.header('cache-control', 'private, max-age=60')
    return 'mine'
  })
  const personal = await app.inject({ url: '/', headers: { key: 'ann' } })
  t.equal(personal.headers['cache-control'], 'no-store')
  t.equal(personal.headers.vary, 'key, cookie')
  const refused = await app.inject('/cached')
  t.equal(refused.statusCode, 401)
  t.equal(refused.headers['cache-control'], 'no-store')
  t.equal(refused.headers.vary, 'key, cookie')
  const chosen = await app.inject({ url: '/cached', headers: { key: 'ann' } })
  t.equal(chosen.headers['cache-control'], 'private, max-age=60')
  const anonymous = await app.inject('/')
  t.notOk('cache-control' in anonymous.headers)
  t.equal(anonymous.headers.vary, 'key, cookie', 'a cache must not send it to an authenticated caller')
})

t.test('adds its headers to the caching headers of an earlier hook (SEC-71)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook(
    'onRequest',
    async (_request, reply) => void reply.headers({ vary: 'Origin', 'cache-control': 'private' })
  )
  await app.register(guard)
  app.guard.addAuthenticator(bearer)
  app.get('/', { config: { access: authenticated } }, async () => 'mine')
  const response = await app.inject({ url: '/', headers: { key: 'ann' } })
  t.equal(response.headers.vary, 'Origin, key')
  t.equal(response.headers['cache-control'], 'private')
})

t.test('keeps the challenge when the application has its own error handler', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.setErrorHandler(async (_error, _request, reply) => reply.code(401).send({ oops: true }))
  await app.register(guard)
  app.guard.addAuthenticator(bearer)
  app.get('/', { config: { access: authenticated } }, async () => 'ok')
  const response = await app.inject('/')
  t.equal(response.headers['www-authenticate'], 'Bearer')
  t.same(response.json(), { oops: true })
})
