import t from 'tap'
import { like } from '@latchkey/exact'
import { stoppedClock } from './fixtures/clock.ts'
import { active, endpoint, hangUp, held, inactive, silence, status, text } from './fixtures/introspection-endpoint.ts'
import { ask } from './fixtures/outcome.ts'
import { honoured, notValid, present, serve } from './fixtures/server.ts'

const NETWORKS = ['203.0.113.1', '203.0.113.2', '203.0.113.3']

for (const [name, answer] of [
  ['hangs up', hangUp],
  ['answers 503', status(503)],
  ['answers 401', status(401)],
  ['answers 500', status(500)],
  ['answers with HTML', text('<p>', 'text/html')],
  ['sends active "true"', active({ active: 'true' })],
  ['does not answer in time', silence],
  ['redirects', status(302, { location: '/login' })]
] as const) {
  t.test(
    `sends no requests to an endpoint that ${name} to three clients in a row, for longer each time (FAULT-27)`,
    async (t) => {
      const { now, pass } = stoppedClock()
      const server = await endpoint(t, answer)
      const app = await serve(t, { issuers: [server.trusted({ timeout: answer === silence ? 500 : 5000 })], now })
      for (const [round, least, most] of [
        [1, 1, 1.5],
        [2, 2, 3],
        [3, 4, 6]
      ] as const) {
        const asking = NETWORKS.map((network) => ask(app, `${round} of ${network}`, network))
        for (const outcome of await Promise.all(asking)) like(t, outcome, { status: 503 })
        for (const network of [...NETWORKS, '198.51.100.1']) {
          const { retryAfter, ...another } = await ask(app, `${round} again of ${network}`, network)
          like(t, another, { status: 503, reason: 'the introspection endpoint failed and is not called for a while' })
          t.ok(retryAfter >= Math.floor(least) && retryAfter <= Math.ceil(most))
        }
        pass(least - 0.1)
        like(t, await ask(app, 'too early'), {
          status: 503,
          reason: 'the introspection endpoint failed and is not called for a while'
        })
        t.equal(server.asked.length, 3 * round)
        pass(most - least + 0.1)
      }
      server.answer = active()
      t.equal((await ask(app, 'opaque')).status, 200)
      for (const network of NETWORKS) t.equal((await ask(app, `new of ${network}`, network)).status, 200)
    }
  )
}

t.test(
  'sends no requests to an endpoint that cannot be reached, because no token is the cause (FAULT-27)',
  async (t) => {
    const { now, pass } = stoppedClock()
    const server = await endpoint(t, active())
    const app = await serve(t, { issuers: [server.trusted({ ttl: 0 })], now })
    t.equal((await ask(app, 'known')).status, 200)
    await server.close()
    for (const most of [1.5, 3]) {
      like(t, await ask(app, 'one'), { status: 503, reason: /LATCHKEY_UPSTREAM_UNREACHABLE/ })
      for (const name of ['two', 'known'])
        like(t, await ask(app, name), {
          status: 503,
          reason: 'the introspection endpoint failed and is not called for a while'
        })
      pass(most)
    }
  }
)

t.test('sends no requests to an endpoint whose URL cannot be discovered (FAULT-27)', async (t) => {
  const server = await endpoint(t, active())
  server.metadata = {}
  const app = await serve(t, { issuers: [server.discovered()], now: stoppedClock().now })
  like(t, await ask(app, 'one'), { status: 503, reason: /LATCHKEY_UPSTREAM_INVALID/ })
  like(t, await ask(app, 'two'), {
    status: 503,
    reason: 'the introspection endpoint failed and is not called for a while'
  })
})

t.test('waits for the time that the endpoint requests, up to a minute (FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, (reply, { form }) => active({ sub: form['token'] })(reply, { form } as never))
  const app = await serve(t, { issuers: [server.trusted({ ttl: 0 })], now })
  const names = ['ada', 'bob', 'eve']
  for (const name of names) t.equal((await ask(app, name)).status, 200)
  server.answer = status(429, { 'retry-after': '30' })
  for (const name of names) like(t, await ask(app, name), { status: 503, retryAfter: 30 })
  pass(29)
  like(t, await ask(app, 'two', NETWORKS[0]), {
    status: 503,
    retryAfter: 1,
    reason: 'the introspection endpoint failed and is not called for a while'
  })
  t.equal(server.asked.length, 6)
  pass(1)
  server.answer = active()
  t.equal((await ask(app, 'three')).status, 200)
})

t.test(
  'does not introspect a token for the time that the endpoint requests, and introspects other tokens (FAULT-27)',
  async (t) => {
    const { now, pass } = stoppedClock()
    const server = await endpoint(t, status(503, { 'retry-after': '30' }))
    const app = await serve(t, { issuers: [server.trusted()], now })
    like(t, await ask(app, 'one'), { status: 503, retryAfter: 30 })
    server.answer = active()
    like(t, await ask(app, 'one'), {
      status: 503,
      retryAfter: 30,
      reason: 'the introspection endpoint failed and is not called for a while'
    })
    t.equal((await ask(app, 'two')).status, 200)
    pass(30)
    t.equal((await ask(app, 'one')).status, 200)
    server.answer = status(503)
    pass(3600)
    like(
      t,
      await ask(app, 'one'),
      { status: 503, retryAfter: 2 },
      'an answer ended the outage: the wait starts again at its shortest'
    )
  }
)

t.test('accepts remembered tokens while the endpoint is down, until the ttl ends (FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, active())
  const app = await serve(t, { issuers: [server.trusted()], now })
  t.same(await present(app, 'known'), honoured)
  server.answer = hangUp
  like(t, await present(app, 'unknown'), { status: 503 })
  t.same(await present(app, 'known'), honoured)
  pass(60)
  like(t, await present(app, 'known'), { status: 503 })
})

t.test('detects with one request for each client whether the endpoint works again (FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, hangUp)
  const app = await serve(t, { issuers: [server.trusted()], now })
  for (const network of NETWORKS) t.equal((await ask(app, network, network)).status, 503)
  pass(1.5)
  const { answer, release } = held(active())
  server.answer = answer
  const probe = ask(app, 'two')
  await server.received(4)
  like(t, await ask(app, 'three'), { status: 503, reason: 'too many calls are in progress' })
  release()
  t.equal((await probe).status, 200)
  t.equal((await ask(app, 'three')).status, 200)
  t.equal(server.asked.length, 5)
})

t.test('treats concurrent failures as one outage (FAULT-27)', async (t) => {
  const { now } = stoppedClock()
  const { answer, release } = held(hangUp)
  const server = await endpoint(t, answer)
  const app = await serve(t, { issuers: [server.trusted()], now })
  const asking = Array.from({ length: 20 }, (_, i) => ask(app, `opaque-${i}`, `203.0.113.${i}`))
  await server.received(20)
  release()
  for (const { status, retryAfter } of await Promise.all(asking)) {
    t.equal(status, 503)
    t.ok(retryAfter <= 2)
  }
  const { retryAfter, ...another } = await ask(app, 'another')
  t.same(another, { status: 503, reason: 'the introspection endpoint failed and is not called for a while' })
  t.ok(retryAfter <= 2)
})

t.test('treats an endpoint that refuses a token as working (FAULT-27)', async (t) => {
  const server = await endpoint(t, status(503))
  const app = await serve(t, { issuers: [server.trusted()], now: stoppedClock().now })
  for (let round = 0; round < 3; round++) {
    server.answer = status(503)
    for (const network of NETWORKS.slice(1)) t.equal((await ask(app, `${round} ${network}`, network)).status, 503)
    server.answer = status(400)
    t.equal((await ask(app, `${round}`)).status, 503)
  }
  t.equal(server.asked.length, 9)
  server.answer = active()
  t.same(await present(app, 'three'), honoured)
})

t.test('introspects after the clock is set back (FAULT-9, FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, hangUp)
  const app = await serve(t, { issuers: [server.trusted()], now })
  for (const network of NETWORKS) t.equal((await ask(app, 'one', network)).status, 503)
  pass(-3600)
  server.answer = inactive
  t.same(await present(app, 'two'), notValid('the token is not active'))
  t.same(await present(app, 'one'), notValid('the token is not active'))
})

t.test('waits for the requested time after the endpoint refuses a token (FAULT-27)', async (t) => {
  const server = await endpoint(t, status(400, { 'retry-after': '30' }))
  const app = await serve(t, { issuers: [server.trusted()] })
  like(t, await ask(app, 'opaque'), { status: 503, retryAfter: 30 })
})
