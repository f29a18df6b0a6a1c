import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { stoppedClock } from './fixtures/clock.ts'
import { active, type Answerer, endpoint, held, inactive, status } from './fixtures/introspection-endpoint.ts'
import { NOW } from './fixtures/issuer.ts'
import { memoryCounts } from './fixtures/memory-counts.ts'
import { expired, honoured, notValid, present, serve } from './fixtures/server.ts'

const revoked = notValid('the token is not active')

t.test('introspects a frequent token once, and notices its revocation within the ttl (SEC-75, FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, active())
  const app = await serve(t, { issuers: [server.trusted()], now })
  for (let i = 0; i < 100; i++) t.same(await present(app, 'opaque'), honoured)
  t.equal(server.asked.length, 1)
  server.answer = inactive
  pass(59)
  t.same(await present(app, 'opaque'), honoured)
  t.equal(server.asked.length, 1)
  pass(1)
  t.same(await present(app, 'opaque'), revoked)
  t.equal(server.asked.length, 2)
  pass(-10)
  t.same(
    await present(app, 'opaque'),
    revoked,
    'also when the clock is set back to a time at which the token was accepted'
  )
})

t.test('counts the ttl from the time of the request (SEC-75)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, (reply, question) => {
    pass(20)
    return active()(reply, question)
  })
  const app = await serve(t, { issuers: [server.trusted({ ttl: 30 })], now })
  t.same(await present(app, 'opaque'), honoured)
  pass(9)
  t.same(await present(app, 'opaque'), honoured)
  t.equal(server.asked.length, 1)
  pass(1)
  t.same(await present(app, 'opaque'), honoured)
  t.equal(server.asked.length, 2)
})

t.test('remembers no token beyond its exp, and introspects it again within the tolerance (SEC-75)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, active({ exp: NOW + 5 }))
  const app = await serve(t, { issuers: [server.trusted()], now })
  t.same(await present(app, 'opaque'), honoured)
  pass(4)
  t.same(await present(app, 'opaque'), honoured)
  t.equal(server.asked.length, 1)
  pass(1)
  t.same(await present(app, 'opaque'), honoured)
  t.same(await present(app, 'opaque'), honoured)
  t.equal(server.asked.length, 3)
  pass(30)
  t.same(await present(app, 'opaque'), expired('exp has passed'))
})

t.test('remembers no token beyond maxTokenAge (SEC-46, SEC-75)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, active({ iat: NOW - 55 }))
  const app = await serve(t, { issuers: [server.trusted()], now, maxTokenAge: 60, clockTolerance: 0 })
  t.same(await present(app, 'opaque'), honoured)
  pass(5)
  t.same(await present(app, 'opaque'), expired('older than maxTokenAge'))
  t.equal(server.asked.length, 2)
})

t.test('introspects on each request when the memory is off (SEC-75)', async (t) => {
  const server = await endpoint(t, active())
  const app = await serve(t, { issuers: [server.trusted({ ttl: 0, negativeTtl: 0 })] })
  t.same(await present(app, 'opaque'), honoured)
  server.answer = inactive
  t.same(await present(app, 'opaque'), revoked)
  server.answer = active()
  t.same(await present(app, 'opaque'), honoured)
  t.equal(server.asked.length, 3)
})

t.test('introspects again while the clock does not return a number (SEC-46, SEC-75)', async (t) => {
  const server = await endpoint(t, active())
  const app = await serve(t, { issuers: [server.trusted()], now: () => Number.NaN })
  like(t, await present(app, 'opaque'), { status: 401 })
  like(t, await present(app, 'opaque'), { status: 401 })
  t.equal(server.asked.length, 2)
})

for (const [name, answer, refusal] of [
  ['inactive', inactive, revoked],
  ['for another server', active({ aud: 'https://other.example.com' }), notValid('aud does not contain this server')],
  ['that expired', active({ exp: NOW - 60 }), expired('exp has passed')]
] as const) {
  t.test(`introspects a token ${name} once in 10 s (SEC-75)`, async (t) => {
    const { now, pass } = stoppedClock()
    const server = await endpoint(t, answer)
    const app = await serve(t, { issuers: [server.trusted()], now })
    for (let i = 0; i < 10; i++) t.same(await present(app, 'opaque'), refusal)
    t.equal(server.asked.length, 1)
    pass(9)
    t.same(await present(app, 'opaque'), refusal)
    t.equal(server.asked.length, 1)
    server.answer = active()
    pass(1)
    t.same(await present(app, 'opaque'), honoured)
    t.equal(server.asked.length, 2)
  })
}

t.test(
  'does not forget active tokens because of inactive ones, and forgets the oldest of each kind first (SEC-75)',
  async (t) => {
    const server = await endpoint(t, byName)
    const app = await serve(t, { issuers: [server.trusted({ maxEntries: 2 })] })
    t.same(await present(app, 'good-1'), honoured)
    for (let i = 0; i < 20; i++) t.same(await present(app, `bad-${i}`), revoked)
    t.equal(server.asked.length, 21)
    t.same(await present(app, 'good-1'), honoured)
    t.same(await present(app, 'bad-19'), revoked)
    t.equal(server.asked.length, 21)
    t.same(await present(app, 'bad-0'), revoked)
    t.equal(server.asked.length, 22)
    for (const good of ['good-2', 'good-3']) t.same(await present(app, good), honoured)
    t.equal(server.asked.length, 24)
    t.same(await present(app, 'good-1'), honoured)
    t.equal(server.asked.length, 25)
  }
)

t.test('distinguishes tokens by their whole text (SEC-55, SEC-75)', async (t) => {
  const server = await endpoint(t, (_reply, { form }) => active({ sub: form['token'] })(_reply, { form } as never))
  const app = await serve(t, { issuers: [server.trusted()] })
  const tokens = ['a', 'A', 'a=', 'a'.repeat(8191), `${'a'.repeat(8190)}b`]
  for (const token of [...tokens, ...tokens]) {
    const response = await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })
    if (token.length < 256) t.equal(response.json().subject, token)
    else t.equal(response.statusCode, 401)
  }
  t.equal(server.asked.length, tokens.length)
})

t.test('introspects once for concurrent requests with one token and gives all the same answer (SEC-75)', async (t) => {
  for (const [answer, outcome] of [
    [active(), honoured],
    [inactive, revoked],
    [status(500), { status: 503 }]
  ] as const) {
    const server = await endpoint(t, answer)
    const app = await serve(t, { issuers: [server.trusted({ ttl: 0, negativeTtl: 0 })] })
    const answers = await Promise.all(Array.from({ length: 50 }, () => present(app, 'opaque')))
    t.equal(answers.length, 50)
    for (const one of answers) like(t, one, outcome)
    t.equal(server.asked.length, 1)
  }
})

t.test('still answers other callers when one caller disconnects (SEC-75)', async (t) => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  const { answer, release } = held(active())
  const server = await endpoint(t, answer)
  const app = await serve(t, { issuers: [server.trusted()] })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const impatient = new AbortController()
  const headers = { authorization: 'Bearer opaque' }
  const first = fetch(`${origin}/me`, { headers, signal: impatient.signal })
  await server.received(1)
  const second = fetch(`${origin}/me`, { headers })
  impatient.abort()
  await rejectsLike(t, first, { name: 'AbortError' })
  release()
  t.equal((await second).status, 200)
  t.equal((await fetch(`${origin}/me`, { headers })).status, 200)
  t.equal(server.asked.length, 1)
  t.same(unhandled, [])
})

t.test('counts remembered answers and introspections (SEC-75)', async (t) => {
  const counts = memoryCounts(t)
  const server = await endpoint(t, byName)
  const app = await serve(t, { issuers: [server.trusted()] })
  t.same(counts.introspected, { hits: 0, misses: 0, size: 0 })
  t.same(await present(app, 'good'), honoured)
  t.same(await present(app, 'good'), honoured)
  t.same(await present(app, 'bad'), revoked)
  t.same(await present(app, 'bad'), revoked)
  t.same(counts.introspected, { hits: 2, misses: 2, size: 1 })
  t.same(counts.verified, { hits: 0, misses: 0, size: 0 })
})

t.test('calls isRevoked on each request, with a remembered answer too (SEC-49, SEC-75)', async (t) => {
  const server = await endpoint(t, active({ jti: 'a' }))
  const taken = new Set<unknown>()
  const app = await serve(t, { issuers: [{ ...server.trusted(), isRevoked: ({ jti }) => taken.has(jti) }] })
  t.same(await present(app, 'opaque'), honoured)
  t.same(await present(app, 'opaque'), honoured)
  taken.add('a')
  t.same(await present(app, 'opaque'), notValid('the token is revoked'))
  t.same(await present(app, 'another'), notValid('the token is revoked'))
  taken.clear()
  t.same(await present(app, 'opaque'), honoured)
  t.equal(server.asked.length, 2)
})

t.test(
  'reads scopes with the function of the issuer, and does not remember its failures (SEC-54, SEC-75)',
  async (t) => {
    const server = await endpoint(t, active({ scope: undefined, roles: ['reader', 'no scope'] }))
    let isBroken = true
    const app = await serve(t, {
      issuers: [
        {
          ...server.trusted(),
          scopes({ roles }) {
            if (isBroken) throw new Error('broken')
            return roles as string[]
          }
        }
      ]
    })
    like(t, await present(app, 'opaque'), { status: 500 })
    isBroken = false
    const response = await app.inject({ url: '/me', headers: { authorization: 'Bearer opaque' } })
    t.same(response.json().scopes, ['reader'])
  }
)

t.test('does not remember a failed introspection (FAULT-27)', async (t) => {
  const server = await endpoint(t, status(400))
  const app = await serve(t, { issuers: [server.trusted()] })
  like(t, await present(app, 'opaque'), { status: 503 })
  server.answer = active()
  t.same(await present(app, 'opaque'), honoured)
})

function byName(...[reply, question]: Parameters<Answerer>): unknown {
  return (question.form['token']?.startsWith('good') ? active() : inactive)(reply, question)
}
