import t from 'tap'
import type { Session, SessionStore } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { serverWith, signIn, start } from './fixtures/server.ts'

type Find = SessionStore['find']

/** A thenable that is not a promise: it can only be awaited. */
function thenable(answer: Promise<Session | null>): ReturnType<Find> {
  return { then: answer.then.bind(answer) } as Promise<Session | null> // cast: `await` accepts it
}

const gone = (): Error => Object.assign(new Error('gone'), { statusCode: 503 })

for (const [name, answer, fail] of [
  [
    'at once',
    (found) => found,
    () => {
      throw gone()
    }
  ],
  ['later', async (found) => found, async () => Promise.reject(gone())],
  [
    'with a promise of another make',
    (found) => thenable(Promise.resolve(found)),
    () => thenable(Promise.reject(gone()))
  ]
] as const satisfies [string, (found: Session | null) => ReturnType<Find>, Find][]) {
  t.test(
    `looks the session up in a store that answers ${name} with each request (SEC-128, SEC-127, FAULT-14)`,
    async (t) => {
      const kept = new Map<string, Session>()
      let down = false
      const sessions: SessionStore = {
        ...memoryStore().sessions,
        async create(session) {
          kept.set(session.id, session)
        },
        find: (id) => (down ? fail() : answer(kept.get(id) ?? null))
      }
      const app = await serverWith(t, { options: { store: { sessions }, idleTimeout: 600 } })
      const cookie = await signIn(app)
      const ask = async () => {
        const { statusCode, json } = await app.inject({ url: '/me', headers: { cookie } })
        return [statusCode, statusCode === 200 ? json().subject : json().code]
      }
      t.same(await ask(), [200, 'alice'])
      down = true
      t.same(await ask(), [503, 'LATCHKEY_UNAVAILABLE'])
      down = false
      t.same(await ask(), [200, 'alice'])
      app.clock.time = start + 600
      t.same(await ask(), [401, 'LATCHKEY_AUTHENTICATION_REQUIRED'])
      app.clock.time = start
      kept.clear()
      t.same(await ask(), [401, 'LATCHKEY_AUTHENTICATION_REQUIRED'])
    }
  )
}
