import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { stoppedClock } from './fixtures/clock.ts'
import { active, endpoint, held, inactive, poisoned, status } from './fixtures/introspection-endpoint.ts'
import { ask } from './fixtures/outcome.ts'
import { serve } from './fixtures/server.ts'

const EVIL = '198.51.100.66'
const HONEST = '203.0.113.7'
const LEFT_ALONE = { status: 503, reason: 'the introspection endpoint failed and is not called for a while' }
const NO_SLOT = { status: 503, retryAfter: 1, reason: 'too many calls are in progress' }

t.test('keeps slots for other clients while one client has 64 slow tokens (K8.1)', async (t) => {
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
  t.equal(answers.filter(({ status }) => status === 401).length, 24, 'half of the slots for unknown tokens')
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

t.test('keeps slots for other subjects while one subject has many slow known tokens (K8.1)', async (t) => {
  const server = await endpoint(t, active({ sub: 'mallory' }))
  const app = await serve(t, { issuers: [server.trusted({ ttl: 0 })] })
  const own = Array.from({ length: 64 }, (_, i) => `own${i}`)
  for (const name of own) t.equal((await ask(app, name, EVIL)).status, 200)
  const { answer, release } = held(active({ sub: 'mallory' }))
  server.answer = poisoned(answer)
  t.equal((await ask(app, 'good known')).status, 200)
  const slow = own.map((name) => ask(app, name, EVIL))
  await server.received(64 + 1 + 32)
  t.equal((await ask(app, 'good known')).status, 200)
  t.equal((await ask(app, 'good new', HONEST)).status, 200)
  release()
  t.equal((await Promise.all(slow)).filter(({ status }) => status === 200).length, 32)
})

t.test('counts an IPv6 network as one client, and all clients without an address as one (K8.1)', async (t) => {
  const server = await endpoint(t, poisoned(status(503)))
  const app = await serve(t, { issuers: [server.trusted()], now: stoppedClock().now })
  for (const address of ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::3', 'unknown', '_hidden']) {
    for (let i = 0; i < 4; i++) like(t, await ask(app, `${address}${i}`.replaceAll(':', '.'), address), { status: 503 })
  }
  t.equal(server.asked.length, 20)
  like(t, await ask(app, 'third', HONEST), { status: 503, reason: /LATCHKEY_UPSTREAM_STATUS/ })
  like(t, await ask(app, 'good new', HONEST), LEFT_ALONE, 'three independent clients are evidence')
})

t.test(
  'introspects known tokens while unknown tokens are refused, and an answer ends the refusals (K8.1)',
  async (t) => {
    const server = await endpoint(t, poisoned(status(503, { 'retry-after': '60' })))
    const app = await serve(t, { issuers: [server.trusted({ ttl: 0 })], now: stoppedClock().now })
    t.equal((await ask(app, 'good known')).status, 200)
    for (let i = 1; i <= 3; i++) like(t, await ask(app, `junk${i}`, `198.51.100.${i}`), { status: 503 })
    const { retryAfter, ...outcome } = await ask(app, 'good new', HONEST)
    t.same(outcome, LEFT_ALONE)
    t.ok(retryAfter <= 2, 'an unknown token does not set the length of the wait')
    t.equal((await ask(app, 'good known')).status, 200)
    t.equal((await ask(app, 'good new', HONEST)).status, 200)
  }
)

t.test('does not treat failures of one subject with many known tokens as an outage (K8.1)', async (t) => {
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

t.test('sends no requests to the endpoint when the known tokens of three subjects fail (K8.1)', async (t) => {
  const server = await endpoint(t, poisoned(inactive))
  const app = await serve(t, { issuers: [server.trusted({ ttl: 0 })], now: stoppedClock().now })
  const known = ['good 1', 'good 2', 'good 3', 'good 4']
  for (const name of known) t.equal((await ask(app, name)).status, 200)
  server.answer = status(503)
  await failing(t, app, known.slice(0, 3))
  for (const name of ['good 4', 'good new']) like(t, await ask(app, name, HONEST), LEFT_ALONE)
  t.equal(server.asked.length, 7)
})

t.test('an outage that known tokens show does not extend the refusal of unknown tokens (K8.1)', async (t) => {
  const clock = stoppedClock()
  const server = await endpoint(t, poisoned(inactive))
  const app = await serve(t, { issuers: [server.trusted({ ttl: 0 })], now: clock.now })
  for (const name of ['good 1', 'good 2', 'good 3']) t.equal((await ask(app, name)).status, 200)
  server.answer = status(503)
  for (let i = 1; i <= 3; i++) like(t, await ask(app, `junk${i}`, `198.51.100.${i}`), { status: 503 })
  const before = await ask(app, 'good new', HONEST)
  await failing(t, app, ['good 1', 'good 2', 'good 3'])
  t.same(await ask(app, 'good new', HONEST), before)
  server.answer = poisoned(inactive)
  clock.pass(before.retryAfter)
  t.equal((await ask(app, 'good new', HONEST)).status, 200)
})

async function failing(t: Test, app: FastifyInstance, names: readonly string[]): Promise<void> {
  for (const name of names) like(t, await ask(app, name), { status: 503, reason: /LATCHKEY_UPSTREAM_STATUS/ })
}
