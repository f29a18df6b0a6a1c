import t from 'tap'
import { like } from '@latchkey/exact'
import type { SessionStore } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { linesOf, serverWith, signIn, start, statusOf, subjectOf, watched } from './fixtures/server.ts'

t.test('ends an unused session and keeps a used one (SEC-127)', async (t) => {
  const app = await serverWith(t, { options: { idleTimeout: 600, absoluteTimeout: 6_000, store: watched() } })
  const [used, idle] = [await signIn(app), await signIn(app)]
  for (const time of [300, 599, 1_100]) {
    app.clock.time = start + time
    t.equal(await statusOf(app, used), 200)
  }
  t.equal(await statusOf(app, idle), 401)
  app.clock.time = start + 1_100 + 600
  t.equal(await statusOf(app, used), 401)
})

t.test('ends a used session and its cookie at the absolute timeout (SEC-127, FAULT-10)', async (t) => {
  const app = await serverWith(t, { options: { idleTimeout: 600, absoluteTimeout: 1_200, store: watched() } })
  const cookie = await signIn(app)
  for (const [time, status] of [
    [500, 200],
    [1_000, 200],
    [1_199, 200],
    [1_200, 401],
    [1_199, 200]
  ] as const) {
    app.clock.time = start + time
    t.equal(await statusOf(app, cookie), status)
  }
})

t.test('ends old sessions earlier when a timeout is lowered, and not later when it is raised', async (t) => {
  const store = watched()
  const first = await serverWith(t, { options: { absoluteTimeout: 3_600, store } })
  const cookie = await signIn(first)
  const lowered = await serverWith(t, { options: { absoluteTimeout: 1_800, store } })
  const raised = await serverWith(t, { options: { absoluteTimeout: 7_200, store } })
  for (const app of [first, lowered, raised]) app.clock.time = start + 1_800
  t.equal(await statusOf(first, cookie), 200)
  t.equal(await statusOf(lowered, cookie), 401)
  t.equal(await statusOf(raised, cookie), 200)
  like(t, await lowered.sessions.list('alice'), [])
  like(t, await raised.sessions.list('alice'), [{ expiresAt: start + 3_600 }])
  raised.clock.time = start + 3_600
  t.equal(await statusOf(raised, cookie), 401)
})

t.test('works with clocks that differ and with a clock that is set back (FAULT-9)', async (t) => {
  const store = watched()
  const [ahead, behind] = [await serverWith(t, { options: { store } }), await serverWith(t, { options: { store } })]
  behind.clock.time = start - 300
  const cookie = await signIn(ahead)
  t.equal(await statusOf(behind, cookie), 200)
  t.equal(await statusOf(ahead, cookie), 200)
  like(t, await ahead.sessions.list('alice'), [{ lastSeenAt: start }])
})

t.test('records a use once a minute, or ten times in a short idle timeout', async (t) => {
  for (const [idleTimeout, interval] of [
    [86_400, 60],
    [60, 6]
  ] as const) {
    const store = watched()
    const app = await serverWith(t, { options: { idleTimeout, store } })
    const cookie = await signIn(app)
    const uses = [0, interval - 1, interval, interval, 2 * interval - 1, 2 * interval]
    for (const time of uses) {
      app.clock.time = start + time
      t.equal(await statusOf(app, cookie), 200)
    }
    t.same(store.touches, [start + interval, start + 2 * interval])
  }
})

t.test('records one use for concurrent requests, and does not wait for it', async (t) => {
  let touches = 0
  const store = watched({
    touch: () => {
      touches++
      return new Promise(() => {})
    }
  })
  const app = await serverWith(t, { options: { store } })
  const cookie = await signIn(app)
  app.clock.time = start + 60
  t.same(await Promise.all(Array.from({ length: 20 }, () => statusOf(app, cookie))), Array(20).fill(200))
  t.equal(touches, 1)
})

t.test('serves a request and logs a warning when its use cannot be recorded', async (t) => {
  const logged: string[] = []
  const stream = { write: (line: string) => void logged.push(line) }
  const store = watched({
    touch: async () => {
      throw new Error('down')
    }
  })
  const app = await serverWith(t, { options: { store }, server: { logger: { stream, level: 'warn' } } })
  const cookie = await signIn(app)
  app.clock.time = start + 60
  t.equal(await statusOf(app, cookie), 200)
  t.equal(logged.length, 1)
  t.match(logged[0], /"msg":"The use of a session could not be recorded"/)
})

for (const method of ['create', 'end'] as const) {
  t.test(
    `a sign-in that fails because the store does not ${method} keeps the earlier session (FAULT-14)`,
    async (t) => {
      let down = false
      const real = memoryStore({ now: () => 0 }).sessions
      const fail = async (): Promise<never> => {
        throw Object.assign(new Error('gone'), { statusCode: 503 })
      }
      const sessions: SessionStore = {
        ...real,
        create: (session) => (down && method === 'create' ? fail() : real.create(session)),
        end: (id) => (down && method === 'end' ? fail() : real.end(id))
      }
      const app = await serverWith(t, { options: { store: { sessions } } })
      const cookie = await signIn(app, { subject: 'alice' })
      down = true
      const again = {
        method: 'POST',
        url: '/sign-in',
        headers: { cookie, 'sec-fetch-site': 'same-origin' },
        payload: { subject: 'bob' }
      } as const
      const response = await app.inject(again)
      t.equal(response.statusCode, 503)
      t.same(linesOf(response), [])
      down = false
      t.equal(await subjectOf(app, cookie), 'alice')
    }
  )
}

t.test('answers 503 and keeps the cookie while the store is down (FAULT-14, SEC-68)', async (t) => {
  let down = false
  const real = memoryStore({ now: () => 0 }).sessions
  const fail = () => {
    if (down) throw Object.assign(new Error('gone'), { statusCode: 503 })
  }
  // Every method fails while the store is down.
  const sessions = Object.fromEntries(
    Object.entries(real).map(([name, method]: [string, (...given: unknown[]) => Promise<unknown>]) => [
      name,
      async (...given: unknown[]) => {
        fail()
        return method(...given)
      }
    ])
  ) as unknown as SessionStore
  const app = await serverWith(t, { options: { store: { sessions } } })
  const cookie = await signIn(app)
  down = true
  for (const url of ['/me', '/open']) {
    const response = await app.inject({ url, headers: { cookie } })
    t.equal(response.statusCode, 503)
    t.equal(response.json().code, 'LATCHKEY_UNAVAILABLE')
    t.equal(response.headers['retry-after'], '5')
    t.same(linesOf(response), [])
  }
  const anonymous = { method: 'POST', url: '/sign-in', payload: { subject: 'bob' } } as const
  const response = await app.inject(anonymous)
  t.equal(response.statusCode, 503)
  t.same(linesOf(response), [])
  t.equal((await app.inject('/open')).statusCode, 200)
  down = false
  t.equal(await statusOf(app, cookie), 200)
})
