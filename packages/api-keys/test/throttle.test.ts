import t from 'tap'
import { like } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import { memoryStore } from '@latchkey/store/memory'
import { accepted, ask, newKey, refused, serverWith, start } from './fixtures/server.ts'

const THROTTLED = { status: 429, code: 'LATCHKEY_TOO_MANY_REQUESTS' }

/** Well-formed keys that the store of a test does not have. */
async function unknownKeys(t: Parameters<typeof serverWith>[0], count: number): Promise<readonly string[]> {
  const other = await serverWith(t)
  return Promise.all(Array.from({ length: count }, async () => (await newKey(other)).key))
}

t.test('answers 429 to an address with too many unknown keys, and serves a clean one', async (t) => {
  const events = heard<{ kind: string }>(t, 'latchkey:throttle')
  const app = await serverWith(t, { options: { throttle: { failures: 5, window: 60 } } })
  const { key } = await newKey(app)
  const unknown = await unknownKeys(t, 7)
  for (const [at, text] of unknown.entries()) {
    const answer = await ask(app, text, '203.0.113.7')
    if (at < 5) t.same(answer, refused)
    else like(t, answer, THROTTLED)
  }
  like(t, await ask(app, key, '203.0.113.7'), THROTTLED)
  t.same(await ask(app, key, '203.0.113.8'), accepted)
  // It is remembered now, so its address does not matter.
  t.same(await ask(app, key, '203.0.113.7'), accepted)
  app.clock.time = start + 61
  t.same(await ask(app, key, '203.0.113.7'), accepted)
  like(t, events[0], { kind: 'throttled', throttle: 'API keys', clientId: null })
})

t.test('counts failures across processes', async (t) => {
  const clock = { time: start }
  const store = memoryStore({ now: () => clock.time * 1000 })
  const options = { throttle: { failures: 4 } }
  const [here, there] = [await serverWith(t, { store, clock, options }), await serverWith(t, { store, clock, options })]
  const unknown = await unknownKeys(t, 4)
  for (const text of unknown) t.same(await ask(here, text), refused)
  const { key } = await newKey(there)
  like(t, await ask(there, key), THROTTLED)
})

t.test('counts neither malformed keys nor repetitions of one unknown key', async (t) => {
  const app = await serverWith(t, { options: { throttle: { failures: 2 } } })
  const [unknown = ''] = await unknownKeys(t, 1)
  for (let i = 0; i < 5; i++) {
    t.same(await ask(app, `${unknown.slice(0, -6)}000000`), refused)
    t.same(await ask(app, unknown), refused)
  }
  const { key } = await newKey(app)
  t.same(await ask(app, key), accepted)
})

t.test('warns when the address of a request is that of a proxy (K4.2)', async (t) => {
  const logged: string[] = []
  const app = await serverWith(t, {
    server: { logger: { level: 'warn', stream: { write: (line: string) => logged.push(line) } } }
  })
  const { key } = await newKey(app)
  await app.inject({ url: '/me', headers: { 'x-api-key': key, 'x-forwarded-for': '203.0.113.7' } })
  t.equal(logged.length, 1)
  t.match(logged[0], /@latchkey\/api-keys: A request comes from a proxy that Fastify does not trust/)
})
