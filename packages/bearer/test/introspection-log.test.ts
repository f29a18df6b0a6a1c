import bearer from '@latchkey/bearer'
import guard, { authenticated } from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { stoppedClock } from './fixtures/clock.ts'
import { type Answerer, active, type Endpoint, endpoint, hangUp, status } from './fixtures/introspection-endpoint.ts'
import { ask } from './fixtures/outcome.ts'

const NETWORKS = ['203.0.113.1', '203.0.113.2', '203.0.113.3']

t.test(
  'logs once, without a secret, that its own credentials may be wrong when requests of three clients in a row are refused (FAULT-27)',
  async (t) => {
    for (const code of [401, 403]) {
      const { now, pass } = stoppedClock()
      const server = await endpoint(t, status(code))
      const { app, lines } = await logging(t, server, now)
      for (let i = 0; i < 4; i++) {
        for (const network of NETWORKS) t.equal((await ask(app, `canary-token-${i}-${network}`, network)).status, 503)
        pass(61)
      }
      t.equal(server.asked.length, 12)
      const what = `The introspection endpoint of ${server.origin}`
      const details = {
        code: 'LATCHKEY_UPSTREAM_STATUS',
        status: code,
        reason: `POST ${server.origin}/introspect: ${code}`
      }
      const told = aboutEndpoint(lines())
      like(t, told[0], { level: 40, msg: `${what} did not answer about a token`, ...details })
      const blaming = told.filter(({ level }) => level === 50)
      like(t, blaming, [
        { msg: `${what} refuses this server. Fix: check its clientId and clientSecret`, ...details, failures: 1 }
      ])
      t.equal(blaming.length, 1)
      server.answer = active()
      t.equal((await ask(app, 'canary-token')).status, 200)
      like(t, aboutEndpoint(lines()).at(-1), { level: 30, msg: `${what} answers again`, failures: 4 })
      t.notMatch(JSON.stringify(lines()), /canary-/)
    }
  }
)

t.test('does not report its own credentials when a firewall refuses one client or some tokens (K8.1)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, status(403))
  const { app, lines } = await logging(t, server, now)
  for (let i = 0; i < 20; i++) t.equal((await ask(app, `canary-token-${i}`)).status, 503)
  const what = `The introspection endpoint of ${server.origin}`
  like(t, aboutEndpoint(lines()), [{ level: 40, msg: `${what} did not answer about a token`, status: 403 }])
  t.equal(aboutEndpoint(lines()).length, 1, 'once a minute')
  server.answer = status(503)
  for (const network of NETWORKS.slice(1)) t.equal((await ask(app, `canary-${network}`, network)).status, 503)
  like(t, aboutEndpoint(lines()).slice(1), [{ level: 40, msg: `${what} is not usable`, status: 503, failures: 1 }])
  pass(61)
  server.answer = active()
  t.equal((await ask(app, 'canary-token')).status, 200)
  server.answer = status(401)
  t.equal((await ask(app, 'canary-token-2')).status, 503)
  like(t, aboutEndpoint(lines()).slice(2), [
    { level: 30, msg: `${what} answers again`, failures: 1 },
    { level: 40, msg: `${what} did not answer about a token`, status: 401 }
  ])
  t.notMatch(JSON.stringify(lines()), /canary-/)
})

for (const code of [400, 401, 403]) {
  for (const error of ['invalid_client', 'unauthorized_client']) {
    t.test(`treats ${code} ${error} as a refusal of this server and logs it at once (FAULT-27)`, async (t) => {
      const { now, pass } = stoppedClock()
      const server = await endpoint(t, refusing({ error, error_description: 'canary-description' }, code))
      const { app, lines } = await logging(t, server, now)
      t.equal((await ask(app, 'canary-token')).status, 503)
      const what = `The introspection endpoint of ${server.origin}`
      const blame = {
        level: 50,
        msg: `${what} refuses this server. Fix: check its clientId and clientSecret`,
        code: 'LATCHKEY_UPSTREAM_STATUS',
        status: code,
        reason: `POST ${server.origin}/introspect: ${code} ${error}`
      }
      like(t, aboutEndpoint(lines()), [blame])
      for (const network of NETWORKS) t.equal((await ask(app, `canary-${network}`, network)).status, 503)
      for (const network of NETWORKS) t.equal((await ask(app, `canary-again-${network}`, network)).status, 503)
      t.equal(server.asked.length, 3, 'after failures for three clients in a row the endpoint gets no requests')
      t.equal(aboutEndpoint(lines()).length, 1)
      t.notMatch(JSON.stringify(lines()), /canary-/)
      pass(61)
      server.answer = active()
      t.equal((await ask(app, 'opaque')).status, 200)
    })
  }
}

for (const [name, answer] of [
  ['invalid_request', refusing({ error: 'invalid_request', error_description: 'canary' })],
  ['no error', refusing({ active: false })],
  ['null', refusing(null)],
  ['a list', refusing(['invalid_client'])],
  ['HTML', (reply) => reply.code(400).type('text/html').send('<p>invalid_client')]
] satisfies readonly (readonly [string, Answerer])[]) {
  t.test(`treats 400 with ${name} as a refusal of the token only (FAULT-27)`, async (t) => {
    const server = await endpoint(t, answer)
    const { app, lines } = await logging(t, server, stoppedClock().now)
    for (let i = 0; i < 10; i++) like(t, await ask(app, `opaque-${i}`), { status: 503 })
    t.equal(server.asked.length, 10)
    t.same(aboutEndpoint(lines()), [])
    server.answer = active()
    t.equal((await ask(app, 'opaque')).status, 200)
  })
}

t.test('logs when the endpoint stops working and when it works again (FAULT-27)', async (t) => {
  const { now, pass } = stoppedClock()
  const server = await endpoint(t, hangUp)
  const { app, lines } = await logging(t, server, now)
  for (let i = 0; i < 20; i++) t.equal((await ask(app, `opaque-${i}`, NETWORKS[i % 3])).status, 503)
  pass(1.5)
  server.answer = active()
  t.equal((await ask(app, 'opaque')).status, 200)
  const what = `The introspection endpoint of ${server.origin}`
  like(t, aboutEndpoint(lines()), [
    { level: 40, msg: `${what} did not answer about a token`, code: 'LATCHKEY_UPSTREAM_UNREACHABLE' },
    { level: 40, msg: `${what} is not usable`, code: 'LATCHKEY_UPSTREAM_UNREACHABLE', failures: 1 },
    { level: 30, msg: `${what} answers again`, failures: 1 }
  ])
})

function aboutEndpoint(lines: readonly Line[]): readonly Line[] {
  return lines.filter(({ msg }) => msg.startsWith('The introspection endpoint of '))
}

/** Answers with any JSON. */
function refusing(body: unknown, code = 400): Answerer {
  return (reply) => reply.code(code).type('application/json').send(JSON.stringify(body))
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
