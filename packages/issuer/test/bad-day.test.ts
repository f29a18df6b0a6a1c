import { remoteKeySet, UpstreamError } from '@latchkey/issuer'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { stoppedClock } from './fixtures/clock.ts'
import { publicJwk } from './fixtures/keys.ts'
import { rememberingLog } from './fixtures/log.ts'
import { json, silence, status, text, upstream } from './fixtures/upstream.ts'

const known = { alg: 'ES256', kid: 'a' }
const unknown = { alg: 'ES256', kid: 'b' }
const DAY = 24 * 60 * 60

t.test('fetches once for 10,000 unknown kids, in sequence or in parallel (SEC-143, FAULT-6)', async (t) => {
  const { clock, pass } = stoppedClock()
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  const keys = remoteKeySet(server.origin, { clock })
  const found = new Set()
  for (let i = 0; i < 10_000; i++) found.add(await keys.find({ alg: 'ES256', kid: `${i}` }))
  t.same(found, new Set([null]))
  t.equal(server.asked.length, 1)
  pass(29)
  t.equal(await keys.find(unknown), null)
  t.equal(server.asked.length, 1)
  pass(1)
  const all = Array.from({ length: 10_000 }, (_, i) => keys.find({ alg: 'ES256', kid: `${i}` }))
  t.same(new Set(await Promise.all(all)), new Set([null]))
  t.equal(server.asked.length, 2)
  t.ok(await keys.find(known))
})

t.test('concurrent lookups share one first fetch (SEC-143)', async (t) => {
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  const keys = remoteKeySet(server.origin)
  const [first, ...rest] = await Promise.all(Array.from({ length: 100 }, () => keys.find(known)))
  t.ok(first)
  t.ok(rest.every((key) => key === first))
  t.equal(server.asked.length, 1)
})

t.test('the first token with a new key fetches the keys, once for concurrent lookups (FAULT-5)', async (t) => {
  const { clock, pass } = stoppedClock()
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  const keys = remoteKeySet(server.origin, { clock })
  t.ok(await keys.find(known))
  server.answer = json({ keys: [await publicJwk('b')] })
  pass(1)
  const found = await Promise.all([keys.find(unknown), keys.find(unknown)])
  t.ok(found[0])
  t.equal(found[1], found[0])
  t.equal(server.asked.length, 2)
  t.equal(await keys.find(known), null, 'the old key is removed')
  t.equal(server.asked.length, 2)
})

t.test('removes a withdrawn key in the background when the keys are due (FAULT-5)', async (t) => {
  const { clock, pass } = stoppedClock()
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  const keys = remoteKeySet(server.origin, { clock, maxAge: 60 })
  t.ok(await keys.find(known))
  server.answer = json({ keys: [] })
  pass(59)
  t.ok(await keys.find(known))
  t.equal(server.asked.length, 1)
  pass(1)
  t.ok(await keys.find(known), 'this lookup did not wait')
  await server.received(2)
  t.equal(await eventually(() => keys.find(known), null), null)
  t.equal(server.asked.length, 3, 'the removed kid causes one fetch')
})

t.test('a lookup waits for keys that are long overdue, unless the last fetch failed (FAULT-5)', async (t) => {
  const { clock, pass } = stoppedClock()
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  const keys = remoteKeySet(server.origin, { clock })
  t.ok(await keys.find(known))
  server.answer = status(500)
  pass(1200)
  t.ok(await keys.find(known))
  t.equal(server.asked.length, 2)
  server.answer = json({ keys: [] })
  pass(60)
  t.ok(await keys.find(known), 'the last fetch failed: this lookup did not wait')
  await server.received(3)
  t.equal(await eventually(() => keys.find(known), null), null)
  pass(1200)
  server.answer = json({ keys: [await publicJwk('a')] })
  t.ok(await keys.find(known), 'the last fetch succeeded: this lookup waited')
})

for (const [name, answer, code] of [
  ['answers 500', status(500), 'LATCHKEY_UPSTREAM_STATUS'],
  ['answers HTML', text('<p>', { 'content-type': 'text/html' }), 'LATCHKEY_UPSTREAM_NOT_JSON'],
  ['answers truncated JSON', text('{"keys":['), 'LATCHKEY_UPSTREAM_NOT_JSON'],
  ['answers without a key set', json([]), 'LATCHKEY_UPSTREAM_INVALID'],
  ['hangs', silence, 'LATCHKEY_UPSTREAM_TIMEOUT']
] as const) {
  t.test(`uses the known keys, and finds no other, while the issuer ${name} (FAULT-3, FAULT-7, SEC-144)`, async (t) => {
    const { clock, pass } = stoppedClock()
    const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
    const keys = remoteKeySet(server.origin, { clock, timeout: name === 'hangs' ? 1000 : 5000 })
    const key = await keys.find(known)
    server.answer = answer
    await rejectsLike(t, keys.find(unknown), { code, statusCode: 503, retryAfter: 2 })
    t.equal(server.asked.length, 2)
    await rejectsLike(t, keys.find(unknown), { code, statusCode: 503, retryAfter: 2 })
    t.equal(await keys.find(known), key)
    t.equal(server.asked.length, 2)
    pass(DAY - 1)
    t.equal(await keys.find(known), key)
    await rejectsLike(t, keys.find(unknown), { code, statusCode: 503 })
    pass(1)
    await rejectsLike(t, keys.find(known), { code, statusCode: 503 })
  })
}

t.test('fetches at most once in each step of the back-off, without keys (FAULT-4, SEC-144)', async (t) => {
  const { clock, pass } = stoppedClock()
  const log = rememberingLog()
  const server = await upstream(t, status(500))
  const keys = remoteKeySet(server.origin, { clock, log })
  const retries: number[] = []
  for (let tenths = 0; tenths < 600; tenths++) {
    for (const hint of [known, unknown]) {
      const error: unknown = await keys.find(hint).catch((thrown: unknown) => thrown)
      if (!(error instanceof UpstreamError)) throw new Error('the lookup did not reject with an UpstreamError')
      retries.push(error.retryAfter)
    }
    pass(0.1)
  }
  t.ok(retries.every((seconds) => seconds >= 1 && seconds <= 60))
  t.equal(server.asked.length, 6, 'after 0, 1, 3, 7, 15 and 31 seconds, each somewhat later')
  t.equal(log.lines.length, 6)
  like(t, log.lines[5], {
    level: 'warn',
    message: `The key set at ${server.origin} cannot be fetched: there is none to use`,
    details: { code: 'LATCHKEY_UPSTREAM_STATUS', status: 500, reason: `GET ${server.origin}/: 500`, failures: 6 }
  })
  server.answer = json({ keys: [await publicJwk('a')] })
  pass(60)
  t.ok(await keys.find(known), 'the keys are found again')
  like(t, log.lines[6], { level: 'info', message: `The key set at ${server.origin} can be fetched again` })
})

t.test('waits as long as Retry-After says, and at most a minute (SEC-144)', async (t) => {
  const { clock, pass } = stoppedClock()
  const server = await upstream(t, status(503, { 'retry-after': '45' }))
  const keys = remoteKeySet(server.origin, { clock })
  await rejectsLike(t, keys.find(known), { code: 'LATCHKEY_UPSTREAM_STATUS', status: 503, retryAfter: 45 })
  server.answer = status(429, { 'retry-after': '900' })
  pass(45)
  await rejectsLike(t, keys.find(known), { code: 'LATCHKEY_UPSTREAM_STATUS', status: 429, retryAfter: 60 })
  server.answer = status(500)
  for (let tries = 0; tries < 10; tries++) {
    pass(60)
    await rejectsLike(t, keys.find(known), { code: 'LATCHKEY_UPSTREAM_STATUS', status: 500 })
  }
  t.equal(server.asked.length, 12)
})

t.test('stops using keys after maxStale, and warns every hour before (FAULT-3, SEC-144)', async (t) => {
  const { clock, pass } = stoppedClock()
  const log = rememberingLog()
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  const keys = remoteKeySet(server.origin, { clock, log, maxStale: 3 * 3600 })
  t.ok(await keys.find(known))
  server.answer = status(500)
  let asked = 1
  for (let minutes = 10; minutes < 180; minutes += 10) {
    pass(600)
    t.ok(await keys.find(known))
    await server.received(++asked)
    // A lookup of an unknown kid waits for the fetch under way.
    await rejectsLike(t, keys.find(unknown), { code: /^LATCHKEY_UPSTREAM_/, statusCode: 503 })
  }
  t.equal(log.lines.length, 3, 'after 10, 70 and 130 minutes')
  like(t, log.lines[2], { message: /: the last good one stays in use$/ })
  pass(600)
  await rejectsLike(t, keys.find(known), { code: /^LATCHKEY_UPSTREAM_/, statusCode: 503 })
  like(t, log.lines[3], { message: /: there is none to use$/ })
  t.equal(log.lines.length, 4)
})

t.test('a change of the system time does not affect the age of the keys (FAULT-9)', async (t) => {
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  const keys = remoteKeySet(server.origin)
  t.ok(await keys.find(known))
  for (const jump of [0, Date.now() + 365 * DAY * 1000]) {
    t.intercept(Date, 'now', { value: () => jump })
    t.ok(await keys.find(known))
  }
  t.equal(server.asked.length, 1)
})

t.test('a failed background fetch causes no unhandled rejection (FAULT-3)', async (t) => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  const { clock, pass } = stoppedClock()
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  const keys = remoteKeySet(server.origin, { clock, timeout: 1000 })
  t.ok(await keys.find(known))
  server.answer = silence
  pass(600)
  t.ok(await keys.find(known))
  await rejectsLike(t, keys.find(unknown), { code: 'LATCHKEY_UPSTREAM_TIMEOUT' })
  await new Promise((resolve) => setImmediate(resolve))
  t.same(unhandled, [])
})

/** Returns a value once it is the expected one, for work that has to end first. */
async function eventually<T>(give: () => Promise<T>, expected: T): Promise<T> {
  for (;;) {
    const value = await give()
    if (value === expected) return value
    await new Promise((resolve) => setImmediate(resolve))
  }
}
