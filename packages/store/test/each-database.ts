import path from 'node:path'
import t, { type Test } from 'tap'
import type { Store } from '@latchkey/store'
import { sqlStore } from '@latchkey/store/sql'
import { noPostgres, ownName, postgresPool } from './servers.ts'

/** Tests something on SQLite and on PostgreSQL. `open` gives a store with its tables, another one each time. */
export async function eachDatabase(
  title: string,
  body: (t: Test, open: (now?: () => number) => Promise<Store>) => Promise<void>
): Promise<void> {
  await t.test(`${title}: SQLite`, async (t) => {
    const file = path.join(t.testdir(), 'store.db')
    await body(t, async (now = Date.now) => {
      const store = sqlStore({ file, now })
      t.teardown(() => store.close())
      await store.migrate()
      return store
    })
  })
  await t.test(`${title}: PostgreSQL`, { skip: noPostgres }, async (t) => {
    const pool = postgresPool()
    const schema = `${ownName}_s`
    t.teardown(async () => {
      await pool.query(`drop schema if exists ${schema} cascade`)
      await pool.end()
    })
    await body(t, async (now = Date.now) => {
      const store = sqlStore({ pool, schema, now })
      t.teardown(() => store.close())
      await store.migrate()
      return store
    })
  })
}
