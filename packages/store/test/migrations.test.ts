import path from 'node:path'
import Database from 'libsql'
import t, { type Test } from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { type SqlStore, sqlStore } from '@latchkey/store/sql'
import { eachDatabase, OLDEST_DATABASES } from './fixtures/each-database.ts'
import { EARLIER_TABLES, EARLIER_ROWS } from './fixtures/earlier-tables.ts'
import { newMariadb } from './fixtures/mariadb.ts'
import { processesOf } from './fixtures/processes.ts'
import { MARIADB, noMariadb, noPostgres, ownName, POSTGRES, postgresPool } from './fixtures/servers.ts'

await eachDatabase('stores of one process that migrate at once do not disturb each other', async (t, open) => {
  const stores = await Promise.all(Array.from({ length: 6 }, () => open()))
  for (const store of stores) t.same(await store.signingKeys.list(), { generation: 0, keys: [] })
})

type Place = { readonly file: string } | { readonly schema: string } | { readonly database: string }

const MIGRATE = `
  import { createInterface } from 'node:readline'
  import mysql from 'mysql2/promise'
  import pg from 'pg'
  import { sqlStore } from '@latchkey/store/sql'
  const postgres = new pg.Pool({ connectionString: '${POSTGRES}' })
  console.log('ready')
  for await (const line of createInterface({ input: process.stdin })) {
    const { file, schema, database } = JSON.parse(line)
    const mariadb = database && mysql.createPool('${MARIADB}/' + database)
    const store = sqlStore(file ? { file } : mariadb ? { pool: mariadb } : { pool: postgres, schema })
    await store.migrate()
    await store.check()
    await store.close()
    await mariadb?.end()
    console.log('migrated')
  }
  await postgres.end()`

/** Six processes, and a function that migrates one place in all of them at once. */
async function sixProcesses(t: Test): Promise<(place: Place) => Promise<void>> {
  const { tell, hear } = processesOf(t, 6, MIGRATE)
  const all = (text: string): string[] => Array.from({ length: 6 }, () => text)
  t.same(await hear(), all('ready'))
  return async (place) => {
    tell(JSON.stringify(place))
    t.same(await hear(), all('migrated'))
  }
}

/** Checks that the store has each row of {@link EARLIER_ROWS}. */
async function hasTheEarlierRows(t: Test, store: SqlStore): Promise<void> {
  await store.check()
  t.equal((await store.refreshTokens.find('hash'))?.subject, 'alice')
  t.equal((await store.sessions.find('session'))?.subject, 'alice')
  t.equal((await store.accounts.findByIdentity({ provider: 'google', subject: '1' }))?.id, 'account')
  t.equal((await store.upstreamTokens.find({ accountId: 'account', provider: 'google' }))?.sealed, 'sealed')
  t.equal((await store.throttle.read('count', { window: 60, now: 4_102_444_790 }))?.count, 3)
  t.equal(await store.dpopReplay.remember('proof', 4_102_444_800), false)
  t.same(await store.signingKeys.list(), {
    generation: 1,
    keys: [{ kid: 'kid', key: '{}', activeFrom: 0, expiresAt: 4_102_444_800 }]
  })
  t.same(await store.revocations.since(null), {
    revocations: [{ kind: 'token', id: 'revoked', revokedAt: 1, expiresAt: 4_102_444_800 }],
    more: false,
    cursor: '1764000000000000'
  })
}

t.test('six processes migrate one database at once', { timeout: 120_000 }, async (t) => {
  const migrate = await sixProcesses(t)

  await t.test('SQLite, new or of an earlier version', async (t) => {
    const folder = t.testdir()
    await migrate({ file: path.join(folder, 'new.db') })
    const file = path.join(folder, 'earlier.db')
    const earlier = new Database(file)
    earlier.exec(`${EARLIER_TABLES}; ${EARLIER_ROWS}`)
    earlier.close()
    await migrate({ file })
    const store = sqlStore({ file })
    await hasTheEarlierRows(t, store)
    await store.close()
  })

  await t.test('PostgreSQL, new or of an earlier version', { skip: noPostgres }, async (t) => {
    const schema = `${ownName}_m`
    const pool = postgresPool({ options: `-c search_path=${schema}` })
    t.teardown(async () => {
      await pool.query(`drop schema if exists ${schema}, ${schema}_new cascade`)
      await pool.end()
    })
    await migrate({ schema: `${schema}_new` })
    await pool.query(`create schema ${schema}; ${EARLIER_TABLES}; ${EARLIER_ROWS}`)
    await migrate({ schema })
    await hasTheEarlierRows(t, sqlStore({ pool, schema }))
  })

  await t.test('MariaDB', { skip: noMariadb }, async (t) => {
    for (let round = 0; round < 3; round++) {
      const { pool, database } = await newMariadb(t)
      await migrate({ database })
      t.same(await sqlStore({ pool }).signingKeys.list(), { generation: 0, keys: [] })
    }
  })
})

t.test('PostgreSQL without the option "schema"', { skip: noPostgres }, async (t) => {
  const schemas = [`${ownName}_m1`, `${ownName}_m2`]
  const pool = postgresPool()
  t.teardown(async () => {
    await pool.query(`drop schema ${schemas.join()} cascade`)
    await pool.end()
  })

  t.test('migrates the first schema of search_path, when another schema has the same tables', async (t) => {
    for (const schema of schemas) {
      await pool.query(`create schema ${schema}`)
      const own = postgresPool({ options: `-c search_path=${schema}` })
      const store = sqlStore({ pool: own })
      await store.migrate()
      t.equal(await store.dpopReplay.remember('proof', 4_102_444_800), true)
      await own.end()
    }
  })

  t.test('a migration that fails changes nothing, and works when its cause is gone', async (t) => {
    const schema = `${ownName}_m3`
    t.teardown(() => pool.query(`drop schema ${schema} cascade`))
    await pool.query(`create schema ${schema}; create table ${schema}.latchkey_dpop_proof (key text)`)
    const store = sqlStore({ pool, schema })
    await rejectsLike(t, store.migrate(), { statusCode: 503, cause: { message: '42703' } })
    const { rows } = await pool.query(`select tablename from pg_tables where schemaname = '${schema}' order by 1`)
    t.same(
      rows.map(({ tablename }) => tablename),
      ['latchkey_applied_migration', 'latchkey_dpop_proof', 'latchkey_migration_lock']
    )
    await pool.query(`drop table ${schema}.latchkey_dpop_proof`)
    await store.migrate()
    await t.resolves(store.check())
  })

  t.test('a migration that waits too long for another process rejects with 503 (FAULT-12)', async (t) => {
    const schema = `${ownName}_m4`
    t.teardown(() => pool.query(`drop schema ${schema} cascade`))
    const other = await pool.connect()
    await other.query('select pg_advisory_lock(3853314791062309107)') // the number that Kysely locks
    const store = sqlStore({ pool, schema, timeout: 300 })
    await rejectsLike(t, store.migrate(), { statusCode: 503, cause: { message: 'no answer in time' } })
    other.release(true)
    await sqlStore({ pool, schema }).migrate()
    await t.resolves(store.check())
  })

  t.test('refuses to migrate when no schema of search_path exists', async (t) => {
    const nowhere = postgresPool({ options: '-c search_path=' })
    const message = 'sqlStore: no schema of search_path exists. Fix: set the option "schema"'
    await rejectsLike(t, sqlStore({ pool: nowhere }).migrate(), { name: 'StoreSetupError', message })
    await nowhere.end()
  })
})

t.test('a migration that fails changes nothing, and works when its cause is gone: SQLite', async (t) => {
  const file = path.join(t.testdir(), 'store.db')
  const other = new Database(file)
  // The store may still be rolling back.
  other.exec('pragma busy_timeout = 5000; create table latchkey_dpop_proof (key text)')
  const store = sqlStore({ file })
  await rejectsLike(t, store.migrate(), { statusCode: 503, cause: { message: 'SQLITE_ERROR' } })
  const tables = other.prepare("select name from sqlite_master where type = 'table' order by name").pluck().all()
  t.same(tables, ['latchkey_applied_migration', 'latchkey_dpop_proof', 'latchkey_migration_lock'])
  other.exec('drop table latchkey_dpop_proof')
  other.close()
  await store.migrate()
  await t.resolves(store.check())
  await store.close()
})

t.test('a table of the records that is not of this store stops the migration: SQLite', async (t) => {
  const file = path.join(t.testdir(), 'store.db')
  const other = new Database(file)
  // The store may still be rolling back.
  other.exec('pragma busy_timeout = 5000; create table latchkey_record (kind, id, owner, content, version, expires_at)')
  const store = sqlStore({ file })
  t.teardown(() => store.close())
  await rejectsLike(t, store.migrate(), { statusCode: 503, cause: { message: 'SQLITE_ERROR' } })
  other.exec('drop table latchkey_record')
  other.close()
  await store.migrate()
  await store.check()
})

t.test('a migration that waits too long for another program rejects with its error, and works later', async (t) => {
  const file = path.join(t.testdir(), 'store.db')
  const other = new Database(file)
  other.exec('pragma journal_mode = wal; begin immediate')
  const store = sqlStore({ file, timeout: 100 })
  await rejectsLike(t, store.migrate(), { statusCode: 503, cause: { message: 'SQLITE_BUSY' } })
  other.exec('rollback')
  other.close()
  await store.migrate()
  await t.resolves(store.check())
  await store.close()
})

await eachDatabase(
  'a migration of a newer version stops a start, with the fix (K19.1, K22.3)',
  async (t, open, run) => {
    const store = await open()
    await t.resolves(store.check())
    await run((table) => `insert into ${table} values ('0007-newer', '2030-01-01')`, 'latchkey_applied_migration')
    const tooNew = {
      name: 'StoreSetupError',
      code: 'LATCHKEY_STORE_SETUP',
      message:
        'The tables of the store have the migration "0007-newer", which this version of @latchkey/store does not have. Fix: install the newer version, or restore the backup from before the upgrade'
    }
    await rejectsLike(t, store.check(), tooNew)
    await rejectsLike(t, open(), tooNew, 'and the tables stay as they are')
  }
)

await eachDatabase(
  'tables without the last migration are updated, and keep their rows (K19.1)',
  async (t, open, run) => {
    const store = await open()
    await store.dpopReplay.remember('proof', 4_102_444_800)
    const account = { id: 'a', profile: { name: null, email: null, picture: null }, permissions: [] }
    await store.accounts.findOrCreate({ provider: 'p', subject: 's' }, { ...account, disabled: false, createdAt: 1 })
    await run((table) => `alter table ${table} drop column password_hash`, 'latchkey_account')
    await run((table) => `drop index ${table}_owner`, 'latchkey_record')
    await run((table) => `delete from ${table} where name > '0003'`, 'latchkey_applied_migration')
    const message = 'The tables of the store are missing or out of date. Fix: call store.migrate() first'
    await rejectsLike(t, store.check(), { name: 'StoreSetupError', message })
    const updated = await open()
    await t.resolves(updated.check())
    t.equal(await updated.dpopReplay.remember('proof', 4_102_444_800), false)
    t.equal(await updated.accounts.findPasswordHash('a'), null)
    t.equal(await updated.accounts.setPasswordHash('a', 'hash', null), true)
  },
  OLDEST_DATABASES
)

t.test('missing tables prevent a start, and the error names the fix (K19.1)', async (t) => {
  const store = sqlStore({ file: ':memory:' })
  const message = 'The tables of the store are missing or out of date. Fix: call store.migrate() first'
  await rejectsLike(t, store.check(), { name: 'StoreSetupError', message })
  await store.migrate()
  await t.resolves(store.check())
  await store.close()
  await rejectsLike(t, store.check(), { statusCode: 503, cause: { message: 'closed' } }, 'a closed store gives 503')
})
