import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { StoreSetupError } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { serverWith } from './fixtures/server.ts'

const HOUR = 3_600
const DAY = 24 * HOUR

for (const [name, offset] of Object.entries({ '100 days ahead': 100 * DAY, '2 days behind': -2 * DAY })) {
  t.test(`sessions start, continue and end by the store's time in a process that is ${name} (K16)`, async (t) => {
    const time = { seconds: 1_700_000_000 }
    const clock = { now: () => time.seconds * 1_000, async read() {} }
    const store = memoryStore({ now: clock.now })
    const secrets = ['q7Zk1m0c9bT2f4Wl8sXv3yRj6nHp5dGa-QeUiOoLKJH']
    const server = async (ahead: number) =>
      serverWith(t, { clock, options: { store, secrets, now: () => clock.now() + ahead * 1_000 } })
    const [right, wrong] = [await server(0), await server(offset)]
    for (const [first, second] of [
      [right, wrong],
      [wrong, right]
    ] as const) {
      const signedIn = await first.inject({
        method: 'POST',
        url: '/sign-in',
        headers: { 'sec-fetch-site': 'same-origin' },
        payload: { subject: 'alice' }
      })
      const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? ''
      const [kept] = await store.sessions.list('alice')
      like(t, kept, { createdAt: time.seconds, lastSeenAt: time.seconds, expiresAt: time.seconds + 14 * DAY })
      const status = async (app: typeof right) => (await app.inject({ url: '/me', headers: { cookie } })).statusCode
      t.same([await status(first), await status(second)], [200, 200])
      time.seconds += 23 * HOUR
      t.equal(await status(second), 200)
      time.seconds += 2 * HOUR
      t.same([await status(first), await status(second)], [200, 200], 'each use has the right time')
      time.seconds += DAY
      t.same([await status(first), await status(second)], [401, 401])
      await store.sessions.endSubject('alice')
    }
  })
}

t.test('the log reports a clock that differs from the store (K16)', async (t) => {
  const lines: string[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => void lines.push(line) } }
  const clock = { now: Date.now, async read() {} }
  const app = await serverWith(t, { clock, server: { logger }, options: { now: () => Date.now() + 120_000 } })
  await app.ready()
  like(
    t,
    lines.map((line) => JSON.parse(line)),
    [{ level: 50, msg: /differ by more than a minute/, aheadBySeconds: 120 }]
  )
})

t.test('missing tables stop the start, and the error names the fix (K19.1)', async (t) => {
  const check = async (): Promise<never> => Promise.reject(new StoreSetupError('Fix: call store.migrate() first'))
  const app = await serverWith(t, { options: { store: { ...memoryStore(), check } } }).catch((error: unknown) => error)
  const ready = async (): Promise<unknown> =>
    app instanceof Error ? Promise.reject(app) : (app as { ready(): Promise<unknown> }).ready()
  await rejectsLike(t, ready, { code: 'LATCHKEY_STORE_SETUP', message: 'Fix: call store.migrate() first' })
})
