import bearer from '@latchkey/bearer'
import guard, { authenticated } from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { stoppedClock } from './fixtures/clock.ts'
import { type Answerer, active, type Endpoint, endpoint, hangUp, status } from './fixtures/introspection-endpoint.ts'
import { ask } from './fixtures/outcome.ts'

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
  like(
    t,
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
  like(
    t,
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

for (const error of ['invalid_client', 'unauthorized_client']) {
  t.test(`takes 400 ${error} for a refusal of this server, and leaves the endpoint alone (FAULT-27)`, async (t) => {
    const { now, pass } = stoppedClock()
    const server = await endpoint(t, refusing({ error, error_description: 'canary-description' }))
    const { app, lines } = await logging(t, server, now)
    for (const most of [1.5, 3]) {
      for (let i = 0; i < 20; i++) t.equal((await ask(app, `canary-token-${i}`)).status, 503)
      pass(most)
    }
    t.equal(server.asked.length, 2)
    const what = `The introspection endpoint of ${server.origin}`
    like(t, aboutEndpoint(lines()), [
      {
        level: 50,
        msg: `${what} refuses this server: look at its clientId and clientSecret`,
        code: 'LATCHKEY_UPSTREAM_STATUS',
        status: 400,
        reason: `POST ${server.origin}/introspect: 400 ${error}`
      }
    ])
    t.equal(aboutEndpoint(lines()).length, 1)
    t.notMatch(JSON.stringify(lines()), /canary-/)
    server.answer = active()
    t.equal((await ask(app, 'opaque')).status, 200)
  })
}

for (const [name, answer] of [
  ['invalid_request', refusing({ error: 'invalid_request', error_description: 'canary' })],
  ['no error', refusing({ active: false })],
  ['null', refusing(null)],
  ['a list', refusing(['invalid_client'])],
  ['HTML', (reply) => reply.code(400).type('text/html').send('<p>invalid_client')]
] satisfies readonly (readonly [string, Answerer])[]) {
  t.test(`takes 400 with ${name} for a refusal of the token alone (FAULT-27)`, async (t) => {
    const server = await endpoint(t, answer)
    const { app, lines } = await logging(t, server, stoppedClock().now)
    for (let i = 0; i < 10; i++) like(t, await ask(app, `opaque-${i}`), { status: 503 })
    t.equal(server.asked.length, 10)
    t.same(aboutEndpoint(lines()), [])
    server.answer = active()
    t.equal((await ask(app, 'opaque')).status, 200)
  })
}

t.test('tells the log when the endpoint is of no use, and when it is again (FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, hangUp)
  const { app, lines } = await logging(t, server, now)
  for (let i = 0; i < 20; i++) t.equal((await ask(app, `opaque-${i}`)).status, 503)
  pass(1.5)
  server.answer = active()
  t.equal((await ask(app, 'opaque')).status, 200)
  const what = `The introspection endpoint of ${server.origin}`
  like(
    t,
    lines().filter(({ msg }) => msg.startsWith(what)),
    [
      { level: 40, msg: `${what} is of no use`, code: 'LATCHKEY_UPSTREAM_UNREACHABLE', failures: 1 },
      { level: 30, msg: `${what} answers again`, failures: 1 }
    ]
  )
})

function aboutEndpoint(lines: readonly Line[]): readonly Line[] {
  return lines.filter(({ msg }) => msg.startsWith('The introspection endpoint of '))
}

/** Answers 400 with any JSON. */
function refusing(body: unknown): Answerer {
  return (reply) => reply.code(400).type('application/json').send(JSON.stringify(body))
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
