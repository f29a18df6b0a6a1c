import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { InvalidOptionError, UnavailableError } from '@latchkey/guard'
import type { ThrottleReservation } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { type Client, generateClientSecret, TokenError, type TokenEndpointOptions } from '@latchkey/token-endpoint'
import { clock } from './fixtures/clock.ts'
import { basic, server } from './fixtures/server.ts'

const { clientSecret, clientSecretHash } = generateClientSecret()
const grantTypes = ['password', 'refresh_token']
const web: Client = { clientId: 'web', clientSecretHash, grantTypes }
const spa: Client = { clientId: 'spa', grantTypes }

t.test('too many wrong secrets are answered 429, and nothing is looked up any more (SEC-27)', async (t) => {
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
})

t.test('an unknown client is answered 429 like a known one (SEC-12)', async (t) => {
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

t.test('right secrets come in any number at once, also where a database is asked for the client', async (t) => {
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

t.test('only secrets are counted: not public clients, and not right ones', async (t) => {
  const { login } = await server({ clients: [web, spa], clientThrottle: { failures: 1 } })
  for (let time = 0; time < 5; time++) {
    like(t, await login({ client_id: 'spa' }), { status: 200 })
    like(t, await login({ client_id: 'web' }), { status: 401 })
    like(t, await login({}, { headers: basic('web', clientSecret) }), { status: 200 })
  }
})

t.test('a lookup that fails is not counted (FAULT-11)', async (t) => {
  const away = async () => Promise.reject(new UnavailableError('clients'))
  const { login } = await server({ clients: away, clientThrottle: { failures: 1 } })
  for (let time = 0; time < 5; time++) like(t, await login({}, { headers: basic('web', 'x') }), { status: 503 })
})

t.test('a client that the lookup itself refuses is counted (SEC-27)', async (t) => {
  const clients = async () => Promise.reject(new TokenError('invalid_client', 'Not here'))
  const { login } = await server({ clients, clientThrottle: { failures: 1 } })
  like(t, await login({}, { headers: basic('web', 'x') }), { status: 401, body: { error: 'invalid_client' } })
  like(t, await login({}, { headers: basic('web', 'x') }), { status: 429 })
})

t.test('a store that counts nonsense answers a wrong secret with 429 (SEC-27)', async (t) => {
  const store = memoryStore()
  // An adapter in plain JavaScript.
  const reserve = async () => ({}) as ThrottleReservation
  const { login } = await server({ clients: [web], store: { ...store, throttle: { ...store.throttle, reserve } } })
  const { status, headers } = await login({}, { headers: basic('web', 'x') })
  t.same([status, headers['retry-after']], [429, '1'])
})

t.test(
  'an address that is only claimed changes nothing, unless the proxy that says so is trusted (SEC-30)',
  async (t) => {
    for (const [trustProxy, status] of [
      [false, 429],
      [true, 200]
    ] as const) {
      const { login } = await server({ clients: [web], clientThrottle: { failures: 1 } }, { fastify: { trustProxy } })
      await login({}, { headers: { ...basic('web', 'x'), 'x-forwarded-for': '192.0.2.1' } })
      const headers = { ...basic('web', clientSecret), 'x-forwarded-for': '192.0.2.2', forwarded: 'for=192.0.2.3' }
      like(t, await login({}, { headers }), { status })
    }
  }
)

t.test(
  'wrong secrets count at all processes together, and a right one past the limit is 429 (K14, SEC-27)',
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
    t.same(asked, [], 'each process knows by now')
    t.equal((await send(0, clientSecret, '192.0.2.1')).status, 200, 'SEC-28')
  }
)

t.test('a process that saw no wrong secret answers a right one past the limit with 429 (K14, SEC-27)', async (t) => {
  const store = memoryStore()
  const [here, there] = await Promise.all([0, 1].map(async () => server({ clients: [web], store })))
  for (let i = 0; i < 10; i++) like(t, await here?.login({}, { headers: basic('web', 'x') }), { status: 401 })
  like(t, await there?.login({}, { headers: basic('web', clientSecret) }), { status: 429 })
})

t.test('a right secret wipes out the wrong ones of other processes (K14)', async (t) => {
  const store = memoryStore()
  const [here, there] = await Promise.all([0, 1].map(async () => server({ clients: [web], store })))
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 9; i++) like(t, await here?.login({}, { headers: basic('web', 'x') }), { status: 401 })
    like(t, await there?.login({}, { headers: basic('web', clientSecret) }), { status: 200 })
  }
})

t.test('the port that a proxy writes behind an address gives no further secrets (K4.1, SEC-27)', async (t) => {
  const { login } = await server({ clients: [web] }, { fastify: { trustProxy: '127.0.0.1' } })
  const from = async (forwardedFor: string, secret: string) =>
    login({}, { headers: { ...basic('web', secret), 'x-forwarded-for': forwardedFor } })
  const statuses = []
  for (let i = 0; i < 30; i++) statuses.push((await from(`203.0.113.7:${40_000 + i}`, 'x')).status)
  t.same(statuses, [...Array<number>(10).fill(401), ...Array<number>(20).fill(429)])
  like(t, await from('203.0.113.7:50000', clientSecret), { status: 429, headers: { 'retry-after': /^\d+$/ } })
  like(t, await from('203.0.113.8:50000', clientSecret), { status: 200 })
})

const mistakes: [name: string, clientThrottle: unknown][] = [
  ['turned off', false],
  ['null', null],
  ['without an end', { failures: Infinity }],
  ['with an unknown limit', { max: 10 }]
]
for (const [name, clientThrottle] of mistakes) {
  t.test(`the limits of clients cannot be ${name}`, async (t) => {
    // A caller in plain JavaScript.
    await rejectsLike(t, server({ clientThrottle } as Partial<TokenEndpointOptions>), {
      constructor: InvalidOptionError,
      message: /option "(?:clientThrottle|failures|max)"/
    })
  })
}
