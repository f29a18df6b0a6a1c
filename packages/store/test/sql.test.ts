import path from 'node:path'
import { type Dialect, DummyDriver, Kysely, MssqlAdapter, type SqliteDatabase, SqliteDialect } from 'kysely'
import Database from 'libsql'
import t from 'tap'
import { throwsLike } from '@latchkey/exact'
import type { Identity } from '@latchkey/store'
import { type SqlStoreOptions, sqlStore } from '@latchkey/store/sql'
import { eachDatabase } from './fixtures/each-database.ts'
import { DAY, EVERYTHING, HOUR, kept, NOTHING, refreshToken, write } from './fixtures/expiring.ts'
import { mariadbPool } from './fixtures/mariadb.ts'
import { postgresPool } from './fixtures/servers.ts'

const sqlite = new SqliteDialect({ database: {} as SqliteDatabase }) // never opened
const mssql: Dialect = {
  createAdapter: () => new MssqlAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db) => sqlite.createIntrospector(db),
  createQueryCompiler: () => sqlite.createQueryCompiler()
}

for (const [name, options, message] of [
  [
    'nothing',
    {},
    'sqlStore(): pool, kysely and file are missing. Fix: give a pool of pg or mysql2, a Kysely instance, or a file for SQLite'
  ],
  [
    'an unknown option',
    { file: ':memory:', wal: true },
    'sqlStore(): wal does not exist. Fix: use one of pool, kysely, file, schema, timeout, now'
  ],
  [
    'a connection string as the pool',
    { pool: 'postgres://user:secret@127.0.0.1' },
    'sqlStore(): pool must be a Pool of pg, or a pool of mysql2; got a string'
  ],
  [
    'a connection in place of a pool',
    { pool: { query() {} } },
    'sqlStore(): pool must be a Pool of pg, or a pool of mysql2; got an object'
  ],
  [
    'a database in place of a Kysely instance',
    { kysely: { prepare() {} } },
    'sqlStore(): kysely must be a Kysely instance; got an object'
  ],
  [
    'a Kysely instance for another database',
    { kysely: new Kysely({ dialect: mssql }) },
    'sqlStore(): kysely must be for PostgreSQL, MySQL, MariaDB or SQLite. Fix: use the adapter of that dialect of kysely'
  ],
  [
    'a pool and a file',
    { pool: postgresPool(), file: ':memory:' },
    'sqlStore(): pool, kysely and file exclude each other. Fix: give one of them'
  ],
  [
    'a schema of MySQL',
    { pool: mariadbPool('test'), schema: 'test' },
    'sqlStore(): schema is for PostgreSQL. Fix: remove it, or give a pool of pg'
  ],
  [
    'a schema of SQLite through Kysely',
    { kysely: new Kysely({ dialect: sqlite }), schema: 'test' },
    'sqlStore(): schema is for PostgreSQL. Fix: remove it, or give a pool of pg'
  ],
  ['an empty path', { file: '' }, 'sqlStore(): file must be the path of a file; got an empty string'],
  [
    'an empty schema',
    { pool: postgresPool(), schema: '' },
    'sqlStore(): schema must be the name of a schema; got an empty string'
  ],
  [
    'a timeout of 0',
    { file: ':memory:', timeout: 0 },
    'sqlStore(): timeout must be a whole number of milliseconds from 1; got a number'
  ],
  ['a clock that is a number', { file: ':memory:', now: 1 }, 'sqlStore(): now must be a function; got a number'],
  [
    'a file and a schema',
    { file: ':memory:', schema: 'public' },
    'sqlStore(): schema is for PostgreSQL. Fix: remove it, or give a pool of pg'
  ]
] as const) {
  t.test(`refuses ${name} (SEC-153)`, async (t) => {
    // The types forbid most of these options; JavaScript callers may pass them.
    throwsLike(t, () => sqlStore(options as SqlStoreOptions), { name: 'RegistrationError', message })
  })
}

t.test('an option of undefined counts as missing', async (t) => {
  const store = sqlStore({ file: ':memory:', ...({ timeout: undefined } as object) })
  await store.migrate()
  t.equal(await store.sessions.find('id'), null)
  await store.close()
})

t.test('deletes more expired rows with each write until none are left (FAULT-33)', async (t) => {
  const file = path.join(t.testdir(), 'store.db')
  const store = sqlStore({ file })
  await store.migrate()
  const other = new Database(file)
  const insert = other.prepare('insert into latchkey_dpop_proof (key, expires_at) values (?, 1)')
  other.transaction(() => {
    for (let index = 0; index < 2_500; index++) insert.run(`expired ${index}`)
  })()
  const count = (): unknown => Object(other.prepare('select count(*) as n from latchkey_dpop_proof').get()).n
  const left = []
  for (const key of ['a', 'b', 'c', 'd']) {
    await store.dpopReplay.remember(key, 4_102_444_800)
    left.push(count())
  }
  t.same(left, [1_501, 502, 3, 4])
  other.close()
  await store.close()
})

await eachDatabase('deletes expired records of several kinds with one identifier (FAULT-33)', async (t, open) => {
  const record = { id: 'i', owner: null, content: '' }
  const first = await open()
  await first.records.create({ ...record, kind: 'expired', expiresAt: 1_000 })
  await first.records.create({ ...record, kind: 'live', expiresAt: 4_102_444_800 })
  const second = await open()
  await second.records.create({ ...record, kind: 'next', expiresAt: 4_102_444_800 })
  t.equal(await second.records.find({ kind: 'expired', id: 'i' }), null)
  t.not(await second.records.find({ kind: 'live', id: 'i' }), null)
})

await eachDatabase(
  'deletes only entries that expired over a minute ago by the clock of the database (FAULT-33)',
  async (t, open) => {
    const now = Math.floor(Date.now() / 1_000)
    const first = await open()
    for (const [name, expiresAt] of Object.entries({ old: now - 70, recent: now - 50, live: now + HOUR })) {
      await write(first, name, expiresAt)
    }
    // A newly opened store deletes expired rows before its first write.
    const second = await open()
    await write(second, 'next', now + HOUR)
    t.same(await kept(second, 'old'), NOTHING)
    t.same(await kept(second, 'recent'), EVERYTHING)
    t.same(await kept(second, 'live'), EVERYTHING)
  }
)

for (const [name, offset] of Object.entries({
  '100 days ahead': 100 * DAY * 1_000,
  '100 days behind': -100 * DAY * 1_000
})) {
  await eachDatabase(`a process whose clock is ${name} deletes no entries (K16)`, async (t, open) => {
    const now = Math.floor(Date.now() / 1_000)
    const right = await open()
    await write(right, 'live', now + HOUR)
    await write(right, 'expired', now - 70)
    const wrong = await open(() => Date.now() + offset)
    await write(wrong, 'next', now + HOUR)
    t.same(await kept(wrong, 'live'), EVERYTHING)
    t.same(await kept(wrong, 'expired'), EVERYTHING, 'an expired entry remains, because one of the clocks is wrong')
    t.ok(Math.abs(wrong.clock.now() - Date.now()) < 2_000, 'the store uses the clock of the database')
  })
}

await eachDatabase('stores the database time of the write as the time of use (K13)', async (t, open) => {
  const store = await open(() => Date.now() + 100 * DAY * 1_000)
  const token = refreshToken('a', 4_102_444_800)
  await store.refreshTokens.start(token)
  const before = Math.floor(Date.now() / 1_000)
  await store.refreshTokens.rotate({ hash: 'a', sealedSuccessor: 'b', successor: { ...token, hash: 'b' } })
  const usedAt = Number((await store.refreshTokens.find('a'))?.usedAt)
  t.ok(usedAt >= before && usedAt <= Date.now() / 1_000, `${usedAt - before}`)
})

await eachDatabase(
  'stores that link at once link an identity to one account, and every identity of one account',
  async (t, open) => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => open()))
    const ids = Array.from({ length: 40 }, (_, index) => `account ${index}`)
    const profile = { name: null, email: null, picture: null }
    for (const id of ids) {
      const account = { id, profile, permissions: [], disabled: false, createdAt: 1 }
      await stores[0]?.accounts.findOrCreate({ provider: 'first', subject: id }, account)
    }
    const linkAll = (link: (id: string) => readonly [string, Identity]) =>
      Promise.all(ids.map(async (id, index) => stores[index % 4]?.accounts.link(...link(id))))
    const contested = { provider: 'contested', subject: 's' }
    const outcomes = await linkAll((id) => [id, contested])
    t.same(outcomes.toSorted(), ['linked', ...Array.from({ length: 39 }, () => 'taken')])
    for (const store of stores) {
      t.equal((await store.accounts.findByIdentity(contested))?.id, ids[outcomes.indexOf('linked')])
    }
    const [owner = ''] = ids
    t.same(
      await linkAll((id) => [owner, { provider: 'second', subject: id }]),
      ids.map(() => 'linked')
    )
    t.equal((await stores[0]?.accounts.identities(owner))?.filter(({ provider }) => provider === 'second').length, 40)
  }
)
