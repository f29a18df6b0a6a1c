import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { stoppedClock } from './fixtures/clock.ts'
import {
  type Answerer,
  active,
  endpoint,
  hangUp,
  held,
  inactive,
  silence,
  status,
  text
} from './fixtures/introspection-endpoint.ts'
import { ask } from './fixtures/outcome.ts'
import { serve } from './fixtures/server.ts'

const EVIL = '198.51.100.66'
const HONEST = '203.0.113.7'
const LEFT_ALONE = { status: 503, reason: 'it is left alone' }
const NO_SLOT = { status: 503, retryAfter: 1, reason: 'too many calls are under way' }

/** Honest tokens are active, each for a subject of its own; others are answered as a test says. */
function poisoned(answer: Answerer): Answerer {
  return (reply, question) => {
    const { token = '' } = question.form
    return (token.startsWith('good') ? active({ sub: token }) : answer)(reply, question)
  }
}

for (const [name, answer] of [
  ...[401, 403, 404, 405, 410, 429, 500, 501, 502, 503, 504].map((code) => [`${code}`, status(code)] as const),
  ['429 with Retry-After', status(429, { 'retry-after': '3600' })],
  ['HTML with 403', (reply) => reply.code(403).type('text/html').send('<h1>Blocked</h1>')],
  ['HTML with 200', text('<h1>Blocked</h1>', 'text/html')],
  ['a redirect', status(302, { location: '/blocked' })],
  ['a broken connection', hangUp],
  ['silence', silence]
] as readonly (readonly [string, Answerer])[]) {
  t.test(`does not charge others with ${name} for one client's tokens (K8.1)`, async (t) => {
    const server = await endpoint(t, poisoned(answer))
    const timeout = answer === silence ? 500 : 5000
    const app = await serve(t, { issuers: [server.trusted({ ttl: 0, timeout })], now: stoppedClock().now })
    t.equal((await ask(app, 'good known', EVIL)).status, 200)
    // No honest answer between them, so that nothing else forgives them.
    await attack(app, 'passwd')
    t.equal((await ask(app, 'good new', HONEST)).status, 200)
    await attack(app, 'shadow')
    t.equal((await ask(app, 'good known', HONEST)).status, 200)
    await attack(app, 'hosts')
    t.equal((await ask(app, 'good of the same address', EVIL)).status, 200)
    t.equal(server.asked.length, 28)
  })
}

t.test('keeps slots for others while one client has 64 slow tokens (K8.1)', async (t) => {
  const { answer, release } = held(inactive)
  const server = await endpoint(t, poisoned(answer))
  const app = await serve(t, { issuers: [server.trusted({ ttl: 0 })] })
  t.equal((await ask(app, 'good known', EVIL)).status, 200)
  const slow = Array.from({ length: 64 }, (_, i) => ask(app, `junk${i}`, EVIL))
  await server.received(25)
  for (let i = 0; i < 30; i++) t.equal((await ask(app, `good new ${i}`, `203.0.113.${i}`)).status, 200)
  t.equal((await ask(app, 'good known', EVIL)).status, 200, 'of the same address')
  like(t, await ask(app, 'good new of the same address', EVIL), NO_SLOT)
  release()
  const answers = await Promise.all(slow)
  t.equal(answers.filter(({ status }) => status === 401).length, 24, 'half of the slots of strangers')
  t.equal(answers.filter(({ reason }) => reason === NO_SLOT.reason).length, 40)
  t.equal((await ask(app, 'good new of the same address', EVIL)).status, 200)
})

t.test('keeps slots for known tokens while any number of clients have slow tokens (K8.1)', async (t) => {
  const { answer, release } = held(inactive)
  const server = await endpoint(t, poisoned(answer))
  const app = await serve(t, { issuers: [server.trusted({ ttl: 0 })] })
  const known = Array.from({ length: 16 }, (_, i) => `good ${i}`)
  for (const name of known) t.equal((await ask(app, name)).status, 200)
  const slow = Array.from({ length: 100 }, (_, i) => ask(app, `junk${i}`, `198.51.100.${i}`))
  await server.received(16 + 48)
  like(t, await ask(app, 'good new', HONEST), NO_SLOT)
  for (const { status } of await Promise.all(known.map((name) => ask(app, name)))) t.equal(status, 200)
  release()
  await Promise.all(slow)
  t.equal(server.asked.length, 16 + 48 + 16)
})

t.test('counts an IPv6 network, and all that have no address, as one client (K8.1)', async (t) => {
  const server = await endpoint(t, poisoned(status(503)))
  const app = await serve(t, { issuers: [server.trusted()], now: stoppedClock().now })
  for (const address of ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::3', 'unknown', '_hidden']) {
    for (let i = 0; i < 4; i++) like(t, await ask(app, `${address}${i}`.replaceAll(':', '.'), address), { status: 503 })
  }
  t.equal(server.asked.length, 20)
  like(t, await ask(app, 'third', HONEST), { status: 503, reason: /LATCHKEY_UPSTREAM_STATUS/ })
  like(t, await ask(app, 'good new', HONEST), LEFT_ALONE, 'three independent clients are evidence')
})

t.test('asks about known tokens while strangers are left alone, and an answer ends it (K8.1)', async (t) => {
  const server = await endpoint(t, poisoned(status(503, { 'retry-after': '60' })))
  const app = await serve(t, { issuers: [server.trusted({ ttl: 0 })], now: stoppedClock().now })
  t.equal((await ask(app, 'good known')).status, 200)
  for (let i = 1; i <= 3; i++) like(t, await ask(app, `junk${i}`, `198.51.100.${i}`), { status: 503 })
  const { retryAfter, ...outcome } = await ask(app, 'good new', HONEST)
  t.same(outcome, LEFT_ALONE)
  t.ok(retryAfter <= 2, 'a stranger does not say for how long')
  t.equal((await ask(app, 'good known')).status, 200)
  t.equal((await ask(app, 'good new', HONEST)).status, 200)
})

t.test('does not take the failures of one subject with many known tokens for an outage (K8.1)', async (t) => {
  const server = await endpoint(t, active({ sub: 'mallory' }))
  const app = await serve(t, { issuers: [server.trusted({ ttl: 0 })], now: stoppedClock().now })
  const revoked = Array.from({ length: 10 }, (_, i) => `revoked${i}`)
  for (const name of revoked) t.equal((await ask(app, name)).status, 200)
  t.equal((await ask(app, 'good known')).status, 200)
  server.answer = poisoned(status(404))
  for (const name of revoked) like(t, await ask(app, name, EVIL), { status: 503, reason: /LATCHKEY_UPSTREAM_STATUS/ })
  t.equal((await ask(app, 'good known')).status, 200)
  t.equal((await ask(app, 'good new', HONEST)).status, 200)
})

t.test('leaves the endpoint alone for everybody when the known tokens of three subjects fail (K8.1)', async (t) => {
  const server = await endpoint(t, poisoned(inactive))
  const app = await serve(t, { issuers: [server.trusted({ ttl: 0 })], now: stoppedClock().now })
  const known = ['good 1', 'good 2', 'good 3', 'good 4']
  for (const name of known) t.equal((await ask(app, name)).status, 200)
  server.answer = status(503)
  await failing(app, known.slice(0, 3))
  for (const name of ['good 4', 'good new']) like(t, await ask(app, name, HONEST), LEFT_ALONE)
  t.equal(server.asked.length, 7)
})

/** Eight tokens of one client that get no answer. */
async function attack(app: FastifyInstance, name: string): Promise<void> {
  const asking = Array.from({ length: 8 }, (_, i) => ask(app, `../../etc/${name}${i}`, EVIL))
  for (const outcome of await Promise.all(asking)) like(t, outcome, { status: 503 })
}

async function failing(app: FastifyInstance, names: readonly string[]): Promise<void> {
  for (const name of names) like(t, await ask(app, name), { status: 503, reason: /LATCHKEY_UPSTREAM_STATUS/ })
}
