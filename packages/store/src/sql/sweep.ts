import { type Expression, type Kysely, sql } from 'kysely'
import { CLOCK_TOLERANCE, isNear } from '../clock.ts'
import { type SqlDatabase, transaction } from './database.ts'
import type { Schema } from './schema.ts'

const MILLISECONDS_BETWEEN_SWEEPS = 10_000
/** The most rows of a table that one sweep deletes, so that a large backlog does not block the store. */
const MOST_AT_ONCE = 1_000

type AnyTable = Record<string, Record<string, unknown>>

/** A table whose rows expire. */
interface ExpiringTable {
  readonly table: keyof Schema
  /** The column, or the columns, that identify a row. */
  readonly key: string | readonly string[]
  /** The column of the time at which a row expires. Default: `expires_at`. */
  readonly time?: string
}

/**
 * Makes a function that is called before a write. From time to time it deletes rows that have expired by the clock of the
 * database. While there are more than one sweep deletes, the next write continues. Deletes nothing while the clock of this
 * process differs from the database's by more than a minute, because one of them is wrong.
 */
export function sqlSweeper(database: SqlDatabase, ...tables: readonly ExpiringTable[]): () => Promise<void> {
  const { db, clock, now, name, locksRows } = database
  let nextSweep = Number.NEGATIVE_INFINITY
  return async () => {
    const start = performance.now()
    if (start < nextSweep) return
    nextSweep = start + MILLISECONDS_BETWEEN_SWEEPS
    await clock.read()
    if (!isNear(clock, now)) return
    const until = Math.floor(clock.now() / 1000) - CLOCK_TOLERANCE
    for (const table of tables) if ((await forget(table, until)) >= MOST_AT_ONCE) nextSweep = start
  }

  async function forget({ table, key, time = 'expires_at' }: ExpiringTable, until: number): Promise<number> {
    const columns = [key].flat()
    const identity = sql`(${sql.join(columns.map((column) => sql.ref(column)))})`
    // MySQL accepts no subquery with a limit here.
    if (name !== 'mysql') return deleted(db, expiredIn(db))
    return transaction(database, async (trx) => {
      const expired = await expiredIn(trx).execute()
      if (expired.length === 0) return 0
      const keys = expired.map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`)
      return deleted(trx, sql`(${sql.join(keys)})`)
    })

    function expiredIn(db: Kysely<Schema>) {
      return anyTable(db)
        .selectFrom(table)
        .select(columns)
        .where(time, '<=', until)
        .limit(MOST_AT_ONCE)
        .$if(locksRows, (query) => query.forUpdate().skipLocked())
    }

    async function deleted(db: Kysely<Schema>, rows: Expression<unknown>): Promise<number> {
      const { numDeletedRows } = await anyTable(db).deleteFrom(table).where(identity, 'in', rows).executeTakeFirst()
      return Number(numDeletedRows)
    }
  }
}

function anyTable(db: Kysely<Schema>): Kysely<AnyTable> {
  return db as unknown as Kysely<AnyTable> // the same tables, whose columns are not known here
}
