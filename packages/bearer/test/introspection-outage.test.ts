import bearer from '@latchkey/bearer'
import guard, { authenticated } from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { stoppedClock } from './fixtures/clock.ts'
import {
  active,
  type Endpoint,
  endpoint,
  hangUp,
  held,
  inactive,
  status,
  text
} from './fixtures/introspection-endpoint.ts'
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
      t.match(await ask(app, `first of round ${round}`), { status: 503 })
      for (let i = 0; i < 20; i++) {
        const { retryAfter, ...another } = await ask(app, `${round}-${i}`)
        t.match(another, { status: 503, reason: 'it is left alone' })
        t.ok(retryAfter >= Math.floor(least) && retryAfter <= Math.ceil(most))
      }
      pass(least - 0.1)
      t.match(await ask(app, 'too early'), { status: 503, reason: 'it is left alone' })
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
  t.match(await ask(app, 'one'), { status: 503, retryAfter: 30 })
  pass(29)
  t.match(await ask(app, 'two'), { status: 503, retryAfter: 1 })
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
    t.match(await present(app, 'unknown'), { status: 503 })
    t.same(await present(app, 'known'), honoured)
    pass(60)
    t.match(await present(app, 'known'), { status: 503 })
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
  t.match(await ask(app, 'three'), { status: 503, reason: 'too many calls are under way' })
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

t.test('tells the log once that its own credentials are wrong, without a secret in it (FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, status(401))
  const { app, lines } = await logging(t, server, now)
  for (let i = 0; i < 5; i++) {
    t.equal((await ask(app, 'canary-token')).status, 503)
    pass(60)
  }
  t.equal(server.asked.length, 5)
  const what = `The introspection endpoint of ${server.origin}`
  t.match(
    lines().filter(({ msg }) => msg.startsWith(what)),
    [
      {
        level: 50,
        msg: `${what} refuses this server: look at its clientId and clientSecret`,
        code: 'LATCHKEY_UPSTREAM_STATUS',
        status: 401,
        reason: `POST ${server.origin}/introspect: 401`
      }
    ]
  )
  server.answer = active()
  t.equal((await ask(app, 'canary-token')).status, 200)
  server.answer = status(403)
  t.equal((await ask(app, 'canary-token-2')).status, 503)
  t.match(
    lines()
      .filter(({ msg }) => msg.startsWith(what))
      .slice(1),
    [
      { level: 30, msg: `${what} answers again`, failures: 5 },
      { level: 50, status: 403 }
    ]
  )
  t.notMatch(JSON.stringify(lines()), /canary-/)
})

t.test('tells the log when the endpoint is of no use, and when it is again (FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, hangUp)
  const { app, lines } = await logging(t, server, now)
  for (let i = 0; i < 20; i++) t.equal((await ask(app, `opaque-${i}`)).status, 503)
  pass(1.5)
  server.answer = active()
  t.equal((await ask(app, 'opaque')).status, 200)
  const what = `The introspection endpoint of ${server.origin}`
  t.match(
    lines().filter(({ msg }) => msg.startsWith(what)),
    [
      { level: 40, msg: `${what} is of no use`, code: 'LATCHKEY_UPSTREAM_UNREACHABLE', failures: 1 },
      { level: 30, msg: `${what} answers again`, failures: 1 }
    ]
  )
})

interface Outcome {
  readonly status: number
  readonly retryAfter: number
  readonly reason: unknown
}

async function ask(app: FastifyInstance, name: string): Promise<Outcome> {
  const token = name.replaceAll(' ', '-')
  const { statusCode, headers } = await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })
  return { status: statusCode, retryAfter: Number(headers['retry-after']), reason: headers['x-reason'] }
}

interface Line {
  readonly level: number
  readonly msg: string
}

async function logging(
  t: Test,
  server: Endpoint,
  now: () => number
): Promise<{ app: FastifyInstance; lines: () => Line[] }> {
  const written: string[] = []
  const app = Fastify({ logger: { level: 'info', stream: { write: (line: string) => void written.push(line) } } })
  t.teardown(() => app.close())
  await app.register(guard)
  await app.register(bearer, { issuers: [server.trusted({ clientSecret: 'canary-secret' })], now })
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  return { app, lines: () => written.map((line) => JSON.parse(line) as Line) } // pino writes a level and a message
}
