import path from 'node:path'
import { CamelCasePlugin, Kysely, MysqlDialect, PostgresDialect, sql, SqliteDialect } from 'kysely'
import Database from 'libsql'
import t, { type Test } from 'tap'
import { rejectsLike, throwsLike } from '@latchkey/exact'
import { type SqlStore, sqlStore } from '@latchkey/store/sql'
import { testEveryContract } from './fixtures/every-contract.ts'
import { mariadbPool, newMariadb, noMariadb, noPostgres, ownName, postgresPool } from './fixtures/servers.ts'

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
  { name: 'SQLite', skip: false, prepare: async (t) => ({ kysely: sqlite(t) }) },
  {
    name: 'PostgreSQL',
    skip: noPostgres,
    async prepare(t) {
      const schema = `${ownName}_k`
      const kysely: Application = new Kysely({ dialect: new PostgresDialect({ pool: postgresPool() }), plugins })
      t.teardown(async () => {
        await kysely.schema.dropSchema(schema).cascade().execute()
        await kysely.destroy()
      })
      return { kysely, schema }
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
