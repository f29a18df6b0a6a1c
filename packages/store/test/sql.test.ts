import path from 'node:path'
import Database from 'libsql'
import t from 'tap'
import { throwsLike } from '@latchkey/exact'
import { type SqlStoreOptions, sqlStore } from '@latchkey/store/sql'
import { eachDatabase } from './each-database.ts'
import { postgresPool } from './servers.ts'

const SECOND = 1_000
const HOUR = 3_600

for (const [name, options, message] of [
  ['nothing', {}, /"pool" is missing: give a Pool of pg, or a file/],
  ['an unknown option', { file: ':memory:', wal: true }, /option "wal" does not exist: the options are pool, file/],
  ['a connection string for a pool', { pool: 'postgres://' }, /"pool" must be a Pool of pg/],
  ['an empty path', { file: '' }, /"file" must be the path of a file/],
  ['an empty schema', { pool: postgresPool(), schema: '' }, /"schema" must be the name of a schema/],
  ['no time at all', { file: ':memory:', timeout: 0 }, /"timeout" must be a whole number of milliseconds from 1/],
  ['a clock that is a number', { file: ':memory:', now: 1 }, /"now" must be a function/],
  ['a file and a schema', { file: ':memory:', schema: 'public' }, /give one or the other/]
] as const) {
  t.test(`refuses ${name} (SEC-153)`, async (t) => {
    // The types forbid most of these options: they stand for a JavaScript caller.
    throwsLike(t, () => sqlStore(options as SqlStoreOptions), { name: 'TypeError', message })
  })
}

t.test('takes an option that is undefined for one that is left out', async (t) => {
  const store = sqlStore({ file: ':memory:', ...({ timeout: undefined } as object) })
  await store.migrate()
  t.equal(await store.sessions.find('id'), null)
  await store.close()
})

await eachDatabase('migrations that run at once do not disturb each other', async (t, open) => {
  const stores = await Promise.all(Array.from({ length: 5 }, () => open()))
  for (const store of stores) t.same(await store.signingKeys.list(), { generation: 0, keys: [] })
})

t.test('sweeps on with the next write while there is more than goes at once (FAULT-33)', async (t) => {
  let now = 0
  const file = path.join(t.testdir(), 'store.db')
  const store = sqlStore({ file, now: () => now })
  await store.migrate()
  const expired = Array.from({ length: 2_500 }, (_, index) => index)
  const other = new Database(file)
  const insert = other.prepare('insert into latchkey_dpop_proof (key, expires_at) values (?, 1)')
  other.transaction(() => {
    for (const index of expired) insert.run(`expired ${index}`)
  })()
  const count = (): unknown => Object(other.prepare('select count(*) as n from latchkey_dpop_proof').get()).n
  now = HOUR * SECOND
  const left = []
  for (const key of ['a', 'b', 'c', 'd']) {
    await store.dpopReplay.remember(key, 2 * HOUR)
    left.push(count())
  }
  t.same(left, [1_501, 502, 3, 4])
  other.close()
  await store.close()
})

await eachDatabase(
  'sweeps what expired a minute ago while it is used, and nothing else (FAULT-33)',
  async (t, open) => {
    let now = 0
    const store = await open(() => now * SECOND)
    const { refreshTokens, sessions, dpopReplay, throttle, revocations } = store
    const times = { authenticatedAt: 0, createdAt: 0, lastSeenAt: 0, revokedAt: 0 }
    const token = { ...times, familyId: 'f', clientId: 'c', subject: 's', scopes: [], resources: [] }
    const session = { ...times, subject: 's', label: null, upstream: null }
    const write = async (name: string, expiresAt: number): Promise<void> => {
      await refreshTokens.start({ ...token, hash: name, familyId: name, expiresAt, familyExpiresAt: expiresAt })
      await sessions.create({ ...session, id: name, expiresAt })
      await dpopReplay.remember(name, expiresAt)
      await throttle.hit(name, { window: expiresAt - now, now })
      await revocations.revoke({ kind: 'token', id: name, revokedAt: 0, expiresAt })
    }
    const kept = async (name: string): Promise<boolean[]> => [
      (await refreshTokens.find(name)) !== null,
      (await sessions.find(name)) !== null,
      (await revocations.since(null)).revocations.some(({ id }) => id === name),
      !(await dpopReplay.remember(name, 4_102_444_800)),
      (await throttle.hit(name, { window: HOUR, now: 0 })).count > 1
    ]
    const all = [true, true, true, true, true]
    await write('short', HOUR)
    await write('long', 2 * HOUR)
    now = HOUR + 59
    await write('a', 3 * HOUR)
    t.same(await kept('short'), all, 'clocks of several machines differ')
    now = HOUR + 70
    await write('b', 3 * HOUR)
    t.same(await kept('short'), [false, false, false, false, false])
    t.same(await kept('long'), all)
  }
)
