import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { RegistrationError, UnavailableError } from '@latchkey/guard'
import type { ThrottleReservation } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { type Client, generateClientSecret, TokenError, type TokenEndpointOptions } from '@latchkey/token-endpoint'
import { clock } from './fixtures/clock.ts'
import { basic, server } from './fixtures/server.ts'

const { clientSecret, clientSecretHash } = generateClientSecret()
const grantTypes = ['password', 'refresh_token']
const web: Client = { clientId: 'web', clientSecretHash, grantTypes }
const spa: Client = { clientId: 'spa', grantTypes }

t.test(
  'too many wrong secrets are answered 429, without a lookup of the client (SEC-27, RFC 6749 §10.10)',
  async (t) => {
    const time = clock()
    const asked: string[] = []
    const clients = async (clientId: string) => {
      asked.push(clientId)
      return clientId === 'web' ? web : undefined
    }
    const { login } = await server({ clients, now: time.now })
    for (let attempt = 0; attempt < 10; attempt++) {
      const wrong =
        attempt % 2 === 0 ? login({}, { headers: basic('web', 'x') }) : login({ client_id: 'web', client_secret: 'x' })
      like(t, await wrong, { status: 401, body: { error: 'invalid_client' } })
    }
    asked.length = 0
    time.seconds += 15
    const { status, headers, body } = await login({}, { headers: basic('web', clientSecret) })
    t.equal(status, 429)
    like(t, headers, { 'retry-after': '45', 'cache-control': 'no-store', pragma: 'no-cache' })
    t.notOk('www-authenticate' in headers)
    t.same(body, { error: 'temporarily_unavailable', error_description: 'Too many attempts' })
    t.same(asked, [])
    like(
      t,
      await login({}, { headers: basic('web', clientSecret), remoteAddress: '192.0.2.1' }),
      { status: 200 },
      'SEC-28'
    )
    time.seconds += 45
    like(t, await login({}, { headers: basic('web', clientSecret) }), { status: 200 })
  }
)

t.test('an unknown client and a known one give the same answer 429 (SEC-12)', async (t) => {
  const { login } = await server({ clients: [web], clientThrottle: { failures: 1 }, now: clock().now })
  const answers = []
  for (const clientId of ['web', 'unknown']) {
    await login({}, { headers: basic(clientId, 'x') })
    const { status, text, headers } = await login({}, { headers: basic(clientId, 'x') })
    answers.push({ status, text, headers: { ...headers, date: null } })
  }
  like(t, answers[0], { status: 429 })
  t.same(answers[1], answers[0])
})

t.test('any number of concurrent correct secrets is accepted, also with a database lookup', async (t) => {
  const clients = async () => {
    await setImmediate()
    return web
  }
  const { login } = await server({ clients })
  const answers = await Promise.all(
    Array.from({ length: 30 }, async () => login({}, { headers: basic('web', clientSecret) }))
  )
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
})

t.test('only wrong secrets are counted', async (t) => {
  const { login } = await server({ clients: [web, spa], clientThrottle: { failures: 1 } })
  for (let time = 0; time < 5; time++) {
    like(t, await login({ client_id: 'spa' }), { status: 200 })
    like(t, await login({ client_id: 'web' }), { status: 401 })
    like(t, await login({}, { headers: basic('web', clientSecret) }), { status: 200 })
  }
})

t.test('a failed lookup is not counted (FAULT-11)', async (t) => {
  const away = async () => Promise.reject(new UnavailableError('clients'))
  const { login } = await server({ clients: away, clientThrottle: { failures: 1 } })
  for (let time = 0; time < 5; time++) like(t, await login({}, { headers: basic('web', 'x') }), { status: 503 })
})

t.test('a refusal by the lookup is counted (SEC-27)', async (t) => {
  const clients = async () => Promise.reject(new TokenError('invalid_client', 'Not here'))
  const { login } = await server({ clients, clientThrottle: { failures: 1 } })
  like(t, await login({}, { headers: basic('web', 'x') }), { status: 401, body: { error: 'invalid_client' } })
  like(t, await login({}, { headers: basic('web', 'x') }), { status: 429 })
})

t.test('an invalid answer of the store gives 429 to a wrong secret (SEC-27)', async (t) => {
  const store = memoryStore()
  // An adapter in plain JavaScript can return this.
  const reserve = async () => ({}) as ThrottleReservation
  const { login } = await server({ clients: [web], store: { ...store, throttle: { ...store.throttle, reserve } } })
  const { status, headers } = await login({}, { headers: basic('web', 'x') })
  t.same([status, headers['retry-after']], [429, '1'])
})

t.test('a forwarded address counts only when its proxy is trusted (SEC-30, RFC 9700 §4.13)', async (t) => {
  for (const [trustProxy, status] of [
    [false, 429],
    [true, 200]
  ] as const) {
    const { login } = await server({ clients: [web], clientThrottle: { failures: 1 } }, { fastify: { trustProxy } })
    await login({}, { headers: { ...basic('web', 'x'), 'x-forwarded-for': '192.0.2.1' } })
    const headers = { ...basic('web', clientSecret), 'x-forwarded-for': '192.0.2.2', forwarded: 'for=192.0.2.3' }
    like(t, await login({}, { headers }), { status })
  }
})

t.test(
  'wrong secrets are counted across processes, and a correct one over the limit gives 429 (K14, SEC-27)',
  async (t) => {
    const store = memoryStore()
    const asked: string[] = []
    const clients = async (clientId: string) => {
      asked.push(clientId)
      return clientId === 'web' ? web : undefined
    }
    const all = await Promise.all([0, 1, 2, 3].map(async () => server({ clients, store })))
    const send = async (i: number, secret: string, remoteAddress = '198.51.100.1') => {
      const { status, text } = (await all[i % 4]?.login({}, { headers: basic('web', secret), remoteAddress })) ?? {}
      return { status, text }
    }
    const wrong = await Promise.all(Array.from({ length: 200 }, async (_, i) => send(i, 'x')))
    t.equal(wrong.filter(({ status }) => status === 401).length, 10)
    t.equal(wrong.filter(({ status }) => status === 429).length, 190)
    asked.length = 0
    for (let i = 0; i < 4; i++) {
      const [rightAnswer, wrongAnswer] = [await send(i, clientSecret), await send(i, 'x')]
      t.equal(rightAnswer.status, 429)
      t.same(rightAnswer, wrongAnswer)
    }
    t.same(asked, [], 'each process knows the limit')
    t.equal((await send(0, clientSecret, '192.0.2.1')).status, 200, 'SEC-28')
  }
)

t.test('a correct secret over the limit gives 429 at a process without failures (K14, SEC-27)', async (t) => {
  const store = memoryStore()
  const [here, there] = await Promise.all([0, 1].map(async () => server({ clients: [web], store })))
  for (let i = 0; i < 10; i++) like(t, await here?.login({}, { headers: basic('web', 'x') }), { status: 401 })
  like(t, await there?.login({}, { headers: basic('web', clientSecret) }), { status: 429 })
})

t.test('a correct secret clears the failures of other processes (K14)', async (t) => {
  const store = memoryStore()
  const [here, there] = await Promise.all([0, 1].map(async () => server({ clients: [web], store })))
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 9; i++) like(t, await here?.login({}, { headers: basic('web', 'x') }), { status: 401 })
    like(t, await there?.login({}, { headers: basic('web', clientSecret) }), { status: 200 })
  }
})

t.test('another port of a forwarded address gives no further attempts (K4.1, SEC-27)', async (t) => {
  const { login } = await server({ clients: [web] }, { fastify: { trustProxy: '127.0.0.1' } })
  const from = async (forwardedFor: string, secret: string) =>
    login({}, { headers: { ...basic('web', secret), 'x-forwarded-for': forwardedFor } })
  const statuses = []
  for (let i = 0; i < 30; i++) statuses.push((await from(`203.0.113.7:${40_000 + i}`, 'x')).status)
  t.same(statuses, [...Array<number>(10).fill(401), ...Array<number>(20).fill(429)])
  like(t, await from('203.0.113.7:50000', clientSecret), { status: 429, headers: { 'retry-after': /^\d+$/ } })
  like(t, await from('203.0.113.8:50000', clientSecret), { status: 200 })
})

const mistakes: [name: string, clientThrottle: unknown, fault: string][] = [
  ['of false', false, ' must be an object with failures, window; got a boolean'],
  ['of null', null, ' must be an object with failures, window; got null'],
  [
    'with an infinite limit',
    { failures: Infinity },
    '.failures must be a whole number of failures from 1 to 1000000000; got a number'
  ],
  ['with an unknown limit', { max: 10 }, '.max does not exist. Fix: use one of failures, window']
]
for (const [name, clientThrottle, fault] of mistakes) {
  t.test(`refuses a clientThrottle ${name}`, async (t) => {
    // A caller in plain JavaScript.
    await rejectsLike(t, server({ clientThrottle } as Partial<TokenEndpointOptions>), {
      constructor: RegistrationError,
      message: `@latchkey/token-endpoint: clientThrottle${fault}`
    })
  })
}
