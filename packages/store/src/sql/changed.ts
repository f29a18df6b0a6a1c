import type { Kysely, UpdateResult } from 'kysely'
import { singleStatement, type SqlDatabase, transaction } from './database.ts'
import type { Schema } from './schema.ts'

/** The same row, to find and to change. */
interface Change {
  readonly find: { forUpdate(): { executeTakeFirst(): Promise<unknown> } }
  readonly change: { executeTakeFirst(): Promise<UpdateResult> }
}

/**
 * Changes a row. `false` when it is missing. An update of MySQL does not count a row that has the new values already, unless the
 * connection has the flag FOUND_ROWS, which is the default of `mysql2`. Without it, the row is looked for.
 */
export async function isChanged(database: SqlDatabase, build: (db: Kysely<Schema>) => Change): Promise<boolean> {
  const { numUpdatedRows } = await singleStatement(database, (db) => build(db).change.executeTakeFirst())
  if (numUpdatedRows > 0n || database.name !== 'mysql') return numUpdatedRows > 0n
  return transaction(database, async (trx) => {
    const { find, change } = build(trx)
    if ((await find.forUpdate().executeTakeFirst()) === undefined) return false
    await change.executeTakeFirst()
    return true
  })
}
