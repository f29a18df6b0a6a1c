import path from 'node:path'
import Database from 'libsql'
import t, { type Test } from 'tap'
import type { Store } from '@latchkey/store'
import { sqlStore } from '@latchkey/store/sql'
import { noPostgres, ownName, postgresPool } from './servers.ts'

/** Opens a store with its tables. Each call opens another one. `now` is the clock of a process. */
export type Open = (now?: () => number) => Promise<Store>

/** Runs one statement. Its argument is the real name of the table. */
export type Run = (statement: (table: string) => string, table: string) => Promise<void>

/** Runs a test on SQLite and on PostgreSQL. */
export async function eachDatabase(
  title: string,
  body: (t: Test, open: Open, run: Run) => Promise<void>
): Promise<void> {
  await t.test(`${title}: SQLite`, async (t) => {
    const file = path.join(t.testdir(), 'store.db')
    await body(
      t,
      async (now = Date.now) => {
        const store = sqlStore({ file, now })
        t.teardown(() => store.close())
        await store.migrate()
        return store
      },
      async (statement, table) => {
        const database = new Database(file)
        database.exec(statement(table))
        database.close()
      }
    )
  })
  await t.test(`${title}: PostgreSQL`, { skip: noPostgres }, async (t) => {
    const pool = postgresPool()
    const schema = `${ownName}_s`
    t.teardown(async () => {
      await pool.query(`drop schema if exists ${schema} cascade`)
      await pool.end()
    })
    await body(
      t,
      async (now = Date.now) => {
        const store = sqlStore({ pool, schema, now })
        t.teardown(() => store.close())
        await store.migrate()
        return store
      },
      async (statement, table) => {
        await pool.query(statement(`${schema}.${table}`))
      }
    )
  })
}
