import t from 'tap'
import { like } from '@latchkey/exact'
import { stoppedClock } from './fixtures/clock.ts'
import { active, endpoint, hangUp, held, inactive, silence, status, text } from './fixtures/introspection-endpoint.ts'
import { ask } from './fixtures/outcome.ts'
import { honoured, notValid, present, serve } from './fixtures/server.ts'

for (const [name, answer] of [
  ['hangs up', hangUp],
  ['answers 503', status(503)],
  ['answers 401', status(401)],
  ['redirects', status(302, { location: '/login' })]
] as const) {
  t.test(`leaves an endpoint alone that ${name}, longer each time (FAULT-27)`, async (t) => {
    const { now, pass } = stoppedClock()
    const server = await endpoint(t, answer)
    const app = await serve(t, { issuers: [server.trusted()], now })
    for (const [round, least, most] of [
      [1, 1, 1.5],
      [2, 2, 3],
      [3, 4, 6]
    ] as const) {
      like(t, await ask(app, `first of round ${round}`), { status: 503 })
      for (let i = 0; i < 20; i++) {
        const { retryAfter, ...another } = await ask(app, `${round}-${i}`)
        like(t, another, { status: 503, reason: 'it is left alone' })
        t.ok(retryAfter >= Math.floor(least) && retryAfter <= Math.ceil(most))
      }
      pass(least - 0.1)
      like(t, await ask(app, 'too early'), { status: 503, reason: 'it is left alone' })
      t.equal(server.asked.length, round)
      pass(most - least + 0.1)
    }
    server.answer = active()
    t.equal((await ask(app, 'opaque')).status, 200)
    server.answer = answer
    t.equal((await ask(app, 'another')).status, 503)
    pass(1.5)
    server.answer = active()
    t.equal((await ask(app, 'another')).status, 200, 'a good answer ended it: the next outage begins anew')
  })
}

t.test('waits as long as the endpoint asks for, up to a minute (FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, status(429, { 'retry-after': '30' }))
  const app = await serve(t, { issuers: [server.trusted()], now })
  like(t, await ask(app, 'one'), { status: 503, retryAfter: 30 })
  pass(29)
  like(t, await ask(app, 'two'), { status: 503, retryAfter: 1 })
  t.equal(server.asked.length, 1)
  pass(1)
  server.answer = active()
  t.equal((await ask(app, 'three')).status, 200)
})

t.test(
  'goes on honouring what it remembers while the endpoint is down, until the ttl is over (FAULT-27)',
  async (t) => {
    const { now, pass } = stoppedClock()
    const server = await endpoint(t, active())
    const app = await serve(t, { issuers: [server.trusted()], now })
    t.same(await present(app, 'known'), honoured)
    server.answer = hangUp
    like(t, await present(app, 'unknown'), { status: 503 })
    t.same(await present(app, 'known'), honoured)
    pass(60)
    like(t, await present(app, 'known'), { status: 503 })
  }
)

t.test('sees whether the endpoint is up again with one question (FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, hangUp)
  const app = await serve(t, { issuers: [server.trusted()], now })
  t.equal((await ask(app, 'one')).status, 503)
  pass(1.5)
  const { answer, release } = held(active())
  server.answer = answer
  const probe = present(app, 'two')
  await server.received(2)
  like(t, await ask(app, 'three'), { status: 503, reason: 'too many calls are under way' })
  release()
  t.same(await probe, honoured)
  t.same(await present(app, 'three'), honoured)
  t.equal(server.asked.length, 3)
})

t.test('takes calls that fail together for one outage (FAULT-27)', async (t) => {
  const { now } = stoppedClock()
  const { answer, release } = held(hangUp)
  const server = await endpoint(t, answer)
  const app = await serve(t, { issuers: [server.trusted()], now })
  const asking = Array.from({ length: 20 }, (_, i) => ask(app, `opaque-${i}`))
  await server.received(20)
  release()
  for (const { status, retryAfter } of await Promise.all(asking)) {
    t.equal(status, 503)
    t.ok(retryAfter <= 2)
  }
})

for (const [name, stumble] of [
  ['answers 500', status(500)],
  ['answers with HTML', text('<p>', 'text/html')],
  ['says "true"', active({ active: 'true' })]
] as const) {
  t.test(`leaves an endpoint alone that ${name} five times in a row, for a moment (FAULT-27)`, async (t) => {
    const { now, pass } = stoppedClock()
    const server = await endpoint(t, stumble)
    const app = await serve(t, { issuers: [server.trusted()], now })
    for (let round = 1; round <= 3; round++) {
      for (let i = 0; i < 10; i++) t.equal((await ask(app, `${round}-${i}`)).status, 503)
      t.equal(server.asked.length, 5 * round)
      pass(1.5)
    }
  })
}

t.test('keeps no token from being asked about because another makes the endpoint stumble (FAULT-27)', async (t) => {
  const server = await endpoint(t, inactive)
  const app = await serve(t, { issuers: [server.trusted({ ttl: 0 })] })
  for (let i = 0; i < 5; i++) {
    server.answer = status(500)
    for (let j = 0; j < 4; j++) t.equal((await ask(app, 'poison')).status, 503)
    server.answer = active()
    t.same(await present(app, 'opaque'), honoured)
  }
  server.answer = status(400)
  for (let i = 0; i < 20; i++) t.equal((await ask(app, 'poison')).status, 503)
  t.equal(server.asked.length, 45)
  server.answer = active()
  t.same(await present(app, 'opaque'), honoured)
})

t.test('takes an endpoint that refuses a token for one that is up (FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, hangUp)
  const app = await serve(t, { issuers: [server.trusted()], now })
  t.equal((await ask(app, 'one')).status, 503)
  pass(1.5)
  server.answer = status(400)
  t.equal((await ask(app, 'two')).status, 503)
  server.answer = active()
  t.same(await present(app, 'three'), honoured)
})

t.test('is not kept from asking by a clock that is set back (FAULT-9, FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, hangUp)
  const app = await serve(t, { issuers: [server.trusted()], now })
  t.equal((await ask(app, 'one')).status, 503)
  pass(-3600)
  server.answer = inactive
  t.same(await present(app, 'two'), notValid('the token is not active'))
})

t.test('comes back to the endpoint when it says, where it refuses a token (FAULT-27)', async (t) => {
  const server = await endpoint(t, status(400, { 'retry-after': '30' }))
  const app = await serve(t, { issuers: [server.trusted()] })
  like(t, await ask(app, 'opaque'), { status: 503, retryAfter: 30 })
})

t.test('keeps no token from being asked about because another gets no answer in time (FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, silence)
  const app = await serve(t, { issuers: [server.trusted({ timeout: 20 })], now })
  for (let i = 0; i < 4; i++) like(t, await ask(app, 'poison'), { status: 503, reason: /LATCHKEY_UPSTREAM_TIMEOUT/ })
  server.answer = active()
  const known = await serve(t, { issuers: [server.trusted()], now })
  t.equal((await ask(known, 'opaque')).status, 200)
  server.answer = silence
  like(t, await ask(app, 'poison'), { status: 503, reason: /LATCHKEY_UPSTREAM_TIMEOUT/ })
  like(t, await ask(app, 'another'), { status: 503, reason: 'it is left alone' }, 'the fifth in a row counts')
  pass(1.5)
  like(t, await ask(app, 'poison'), { status: 503, reason: /LATCHKEY_UPSTREAM_TIMEOUT/ })
})
