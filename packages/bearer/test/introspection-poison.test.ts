import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { stoppedClock } from './fixtures/clock.ts'
import { type Answerer, endpoint, hangUp, poisoned, silence, status, text } from './fixtures/introspection-endpoint.ts'
import { ask } from './fixtures/outcome.ts'
import { serve } from './fixtures/server.ts'

const EVIL = '198.51.100.66'
const HONEST = '203.0.113.7'

for (const [name, answer] of [
  ...[401, 403, 404, 405, 410, 429, 500, 501, 502, 503, 504].map((code) => [`${code}`, status(code)] as const),
  ['429 with Retry-After', status(429, { 'retry-after': '3600' })],
  ['HTML with 403', (reply) => reply.code(403).type('text/html').send('<h1>Blocked</h1>')],
  ['HTML with 200', text('<h1>Blocked</h1>', 'text/html')],
  ['a redirect', status(302, { location: '/blocked' })],
  ['a broken connection', hangUp],
  ['silence', silence]
] as readonly (readonly [string, Answerer])[]) {
  t.test(`does not refuse other clients after ${name} for one client's tokens (K8.1)`, async (t) => {
    const server = await endpoint(t, poisoned(answer))
    const timeout = answer === silence ? 500 : 5000
    const app = await serve(t, { issuers: [server.trusted({ ttl: 0, timeout })], now: stoppedClock().now })
    t.equal((await ask(app, 'good known', EVIL)).status, 200)
    // No valid answer in between, which would reset the failures.
    await attack(t, app, 'passwd')
    t.equal((await ask(app, 'good new', HONEST)).status, 200)
    await attack(t, app, 'shadow')
    t.equal((await ask(app, 'good known', HONEST)).status, 200)
    await attack(t, app, 'hosts')
    t.equal((await ask(app, 'good of the same address', EVIL)).status, 200)
    t.equal(server.asked.length, 28)
  })
}

/** Sends eight tokens of one client that get no answer. */
async function attack(t: Test, app: FastifyInstance, name: string): Promise<void> {
  const asking = Array.from({ length: 8 }, (_, i) => ask(app, `../../etc/${name}${i}`, EVIL))
  for (const outcome of await Promise.all(asking)) like(t, outcome, { status: 503 })
}
