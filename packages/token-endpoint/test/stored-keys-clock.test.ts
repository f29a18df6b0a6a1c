import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { type Store, StoreSetupError, StoreUnavailableError } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { storedKeys } from '@latchkey/token-endpoint'
import { isRevoked, type Server, server } from './fixtures/server.ts'

const DAY = 86_400_000
const secrets = [randomBytes(32).toString('base64url')]

async function start(t: Test, store: Store, offset = 0, lines: string[] = []): Promise<Server> {
  const stream = { write: (line: string) => void lines.push(line) }
  const keys = storedKeys({ store, secrets })
  const options = { store, keys, now: () => store.clock.now() + offset }
  const made = await server(options, { fastify: { logger: { level: 'warn', stream } } })
  t.teardown(() => made.app.close())
  return made
}

for (const offset of [100 * DAY, -100 * DAY, 61_000]) {
  t.test(`a process whose clock differs by ${offset / 1_000} s changes no signing keys (K16)`, async (t) => {
    let time = 1_700_000_000_000
    const store = memoryStore({ now: () => time })
    const right = await start(t, store)
    const { body } = await right.login()
    const ring = await store.signingKeys.list()
    const wrong = await start(t, store, offset)
    const there = await wrong.login()
    like(t, there, { status: 200 }, 'it uses the time of the store')
    t.same(await store.signingKeys.list(), ring)
    like(t, await right.refresh(body.refresh_token), { status: 200 })
    t.notOk(isRevoked(right.app, body.access_token))
    await rejectsLike(t, wrong.app.tokenEndpoint.rotateKeys(), { statusCode: 503 })
    t.same(await store.signingKeys.list(), ring)

    // The key has expired by the store's clock. One of the two clocks is wrong, so the process does not remove the key, and can still sign.
    time += 60 * DAY
    const late = await start(t, store, offset)
    like(t, await late.login(), { status: 200 })
    const after = await store.signingKeys.list()
    t.same(after.keys[0], ring.keys[0])
    t.equal(after.generation, ring.generation + 1)
    await start(t, store)
    t.equal((await store.signingKeys.list()).keys.length, 1, 'a process with a correct clock removes it')
  })
}

t.test('a process with a wrong clock creates the first key of a new store (K16)', async (t) => {
  const store = memoryStore()
  const only = await start(t, store, 100 * DAY)
  like(t, await only.login(), { status: 200 })
  t.equal((await store.signingKeys.list()).keys.length, 1)
})

t.test('a store without its setup prevents the start, and the error names the fix (K19.1)', async (t) => {
  const check = async (): Promise<never> => Promise.reject(new StoreSetupError('Fix: call store.migrate() first'))
  const store = { ...memoryStore(), check }
  await rejectsLike(t, start(t, store), { code: 'LATCHKEY_STORE_SETUP' }, 'the keys need the store')
  const { app } = await server({ store })
  t.teardown(() => app.close())
  await rejectsLike(t, app.ready(), { code: 'LATCHKEY_STORE_SETUP', message: 'Fix: call store.migrate() first' })
})

t.test(
  'a store that does not answer at the start is logged with the reason, and the server starts (K19.1)',
  async (t) => {
    const lines: string[] = []
    const down = async (): Promise<never> => Promise.reject(new StoreUnavailableError('ECONNREFUSED'))
    const store = memoryStore()
    const frail = { ...store, check: down, refreshTokens: { ...store.refreshTokens, start: down } }
    const stream = { write: (line: string) => void lines.push(line) }
    const { app, login } = await server({ store: frail }, { fastify: { logger: { level: 'warn', stream } } })
    t.teardown(() => app.close())
    await app.ready()
    like(t, await login(), { status: 503, body: { error: 'temporarily_unavailable' }, headers: { 'retry-after': '5' } })
    const reason = 'The store does not answer: ECONNREFUSED'
    like(
      t,
      lines.map((line) => JSON.parse(line)),
      [
        { msg: 'The store does not answer while the server starts', err: { message: reason } },
        { msg: 'A token request could not be answered', err: { message: reason } }
      ]
    )
  }
)
