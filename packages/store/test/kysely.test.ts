import path from 'node:path'
import { CamelCasePlugin, Kysely, MysqlDialect, PostgresDialect, sql, SqliteDialect } from 'kysely'
import Database from 'libsql'
import t, { type Test } from 'tap'
import { rejectsLike, throwsLike } from '@latchkey/exact'
import { sqlStore } from '@latchkey/store/sql'
import { testEveryContract } from './fixtures/every-contract.ts'
import { mariadbPool, newMariadb } from './fixtures/mariadb.ts'
import { newPostgres } from './fixtures/postgres.ts'
import { noMariadb, noPostgres, postgresPool } from './fixtures/servers.ts'

type Application = Kysely<Record<string, Record<string, unknown>>>

/** A Kysely instance as an application has it, and the option `schema`. */
interface Prepared {
  readonly kysely: Application
  readonly schema?: string
}

const plugins = [new CamelCasePlugin()]

function sqlite(t: Test, prepare?: string): Application {
  const database = new Database(path.join(t.testdir(), 'application.db'))
  if (prepare !== undefined) database.exec(prepare)
  const kysely: Application = new Kysely({ dialect: new SqliteDialect({ database }), plugins })
  t.teardown(() => kysely.destroy())
  return kysely
}

const databases: readonly { name: string; skip: string | false; prepare: (t: Test) => Promise<Prepared> }[] = [
  { name: 'SQLite', skip: false, prepare: async (t) => ({ kysely: sqlite(t, 'pragma synchronous = off') }) },
  {
    name: 'PostgreSQL',
    skip: noPostgres,
    async prepare(t) {
      const { pool, schema } = newPostgres(t)
      return { kysely: new Kysely({ dialect: new PostgresDialect({ pool }), plugins }), schema }
    }
  },
  {
    name: 'MariaDB',
    skip: noMariadb,
    async prepare(t) {
      const { database } = await newMariadb(t)
      const pool = mariadbPool(database)
      const kysely: Application = new Kysely({ dialect: new MysqlDialect({ pool }), plugins })
      t.teardown(() => kysely.destroy())
      return { kysely }
    }
  }
]

for (const { name, skip, prepare } of databases) {
  t.test(`a Kysely instance of the application: ${name}`, { skip }, async (t) => {
    const { kysely, ...place } = await prepare(t)
    const store = sqlStore({ kysely, ...place })
    await store.migrate()
    await store.migrate()
    await store.check()
    testEveryContract(() => store, t)

    await t.test('stays open when the store is closed', async (t) => {
      await store.close()
      await rejectsLike(t, store.check(), { statusCode: 503, cause: { message: 'closed' } })
      const { rows } = await sql<{ isOpen: number }>`select 1 as is_open`.execute(kysely)
      t.same(rows, [{ isOpen: 1 }])
    })
  })
}

// One connection, so that a connection that is given back too early would be used at once.
for (const { name, skip, begin } of [
  {
    name: 'PostgreSQL',
    skip: noPostgres,
    async begin(t: Test) {
      const { pool: admin, schema } = newPostgres(t, { max: 1 })
      const pool = postgresPool({ max: 1 })
      const run = async (text: string): Promise<unknown> => admin.query(`set search_path = ${schema}; ${text}`)
      return { place: { kysely: new Kysely({ dialect: new PostgresDialect({ pool }) }), schema }, run }
    }
  },
  {
    name: 'MariaDB',
    skip: noMariadb,
    async begin(t: Test) {
      const { database } = await newMariadb(t)
      const [admin, pool] = [
        mariadbPool(database, { connectionLimit: 1 }),
        mariadbPool(database, { connectionLimit: 1 })
      ]
      pool.on('connection', (connection) => connection.query('set session autocommit = 0'))
      t.teardown(() => admin.promise().end())
      const run = async (text: string): Promise<unknown> => admin.promise().query(text)
      return { place: { kysely: new Kysely({ dialect: new MysqlDialect({ pool }) }) }, run }
    }
  }
]) {
  t.test(`a statement without an answer keeps its connection until it ends: ${name}`, { skip }, async (t) => {
    const { place, run } = await begin(t)
    t.teardown(() => place.kysely.destroy())
    await sqlStore(place).migrate()
    await run('begin')
    await run('select * from latchkey_counter for update')
    const store = sqlStore({ ...place, timeout: 200 })
    const noAnswer = { statusCode: 503, cause: { message: 'no answer in time' } }
    await rejectsLike(t, store.signingKeys.add({ kid: 'a', key: '{}', activeFrom: 0, expiresAt: 1 }, 0), noAnswer)
    await rejectsLike(t, async () => store.sessions.find('id'), noAnswer, 'the connection is not lent again')
    await run('rollback')
    t.same(await sqlStore(place).signingKeys.list(), { generation: 0, keys: [] }, 'the late change is undone')
    if (name === 'MariaDB') {
      const { rows } = await sql<{ value: number }>`select @@session.autocommit as value`.execute(place.kysely)
      t.same(rows, [{ value: 0 }], 'the setting of the session is restored')
    }
  })
}

t.test('a Kysely instance of SQLite that does not check foreign keys prevents a start', async (t) => {
  const store = sqlStore({ kysely: sqlite(t, 'pragma foreign_keys = off') })
  const error = {
    name: 'StoreSetupError',
    message:
      'sqlStore: the connections of "kysely" do not check foreign keys. Fix: run "pragma foreign_keys = on" when one is opened'
  }
  await rejectsLike(t, store.migrate(), error)
  await rejectsLike(t, store.check(), error)
})

t.test('a connection of SQLite is given back when its first statement fails (FAULT-12)', async (t) => {
  const database = new Database(path.join(t.testdir(), 'application.db'))
  let isBroken = false
  const breaking = {
    prepare(text: string) {
      if (isBroken) throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' })
      return database.prepare(text)
    },
    close: () => database.close()
  }
  const kysely: Application = new Kysely({ dialect: new SqliteDialect({ database: breaking }) })
  t.teardown(() => kysely.destroy())
  const store = sqlStore({ kysely, timeout: 200 })
  await store.migrate()
  isBroken = true
  await rejectsLike(t, async () => store.sessions.find('id'), { statusCode: 503, cause: { message: 'SQLITE_IOERR' } })
  isBroken = false
  t.equal(await store.sessions.find('id'), null, 'the store works again')
  const { rows } = await sql<{ value: number }>`select 1 as value`.execute(kysely)
  t.same(rows, [{ value: 1 }], 'and so does the application')
})

t.test('a destroyed Kysely instance gives 503', async (t) => {
  const kysely = sqlite(t)
  const store = sqlStore({ kysely })
  await store.migrate()
  await kysely.destroy()
  await rejectsLike(t, async () => store.sessions.find('id'), { statusCode: 503, cause: { message: 'Error' } })
})

t.test('refuses a transaction in place of a Kysely instance (SEC-153)', async (t) => {
  await sqlite(t)
    .transaction()
    .execute(async (kysely) => {
      throwsLike(t, () => sqlStore({ kysely }), {
        name: 'RegistrationError',
        message:
          'sqlStore(): kysely must not be a transaction: it ends before the store. Fix: give the instance that began it'
      })
    })
})
