import type { Dialect, Kysely, RawBuilder, Transaction } from 'kysely'
import type { StoreClock } from '../clock.ts'
import { LostTransactionError } from './failure.ts'
import type { Schema } from './schema.ts'

/** A way to a database, and the end of it. */
export interface OpenDatabase {
  readonly dialect: Dialect
  /** The same database without a limit for a whole transaction, where the dialect has one. */
  readonly unhurried?: Dialect
  readonly close: () => void | Promise<void>
}

/** What the contracts need of a database. */
export interface SqlDatabase {
  readonly db: Kysely<Schema>
  /** Row locks are for PostgreSQL: SQLite has one writer at a time. */
  readonly locksRows: boolean
  /** The time of this process in milliseconds since the epoch. */
  readonly now: () => number
  readonly clock: StoreClock
  /** The database's time when a statement runs, in seconds since the epoch. */
  readonly seconds: RawBuilder<number>
  /** The same in microseconds. */
  readonly microseconds: RawBuilder<number>
}

/**
 * Runs statements that take effect all or none, and again when another transaction got in their way. On PostgreSQL each
 * statement sees what was committed before it began.
 */
export async function transaction<T>(
  database: SqlDatabase,
  body: (trx: Transaction<Schema>) => Promise<T>,
  attempts = 3
): Promise<T> {
  try {
    return await database.db.transaction().setIsolationLevel('read committed').execute(body)
  } catch (error) {
    if (!(error instanceof LostTransactionError) || attempts === 1) throw error
    return transaction(database, body, attempts - 1)
  }
}
