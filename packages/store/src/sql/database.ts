import type { CompiledQuery, Dialect, Kysely, RawBuilder, Transaction } from 'kysely'
import type { StoreClock } from '../clock.ts'
import { LostTransactionError } from './failure.ts'
import type { Schema } from './schema.ts'

/**
 * Runs statements in one transaction and in one round trip, in their order, until one of them changes no row. Returns whether
 * each of them changed rows.
 */
export type RunInOrder = (statements: readonly CompiledQuery[]) => Promise<boolean>

/** An open database, and the function that closes it. */
export interface OpenDatabase {
  readonly dialect: Dialect
  /** The same database without a time limit for a whole transaction, if the dialect has such a limit. */
  readonly unhurried?: Dialect
  /** Missing in PostgreSQL, where one statement can change several rows and tables. */
  readonly runInOrder?: RunInOrder
  readonly close: () => void | Promise<void>
}

/** A database for the contracts. */
export interface SqlDatabase {
  readonly db: Kysely<Schema>
  /** Whether to lock rows. Only PostgreSQL needs it: SQLite has one writer at a time. */
  readonly locksRows: boolean
  /** Only SQLite has it, and needs it. */
  readonly runInOrder: RunInOrder | undefined
  /** The time of this process in milliseconds since the epoch. */
  readonly now: () => number
  readonly clock: StoreClock
  /** The database's time when a statement runs, in seconds since the epoch. */
  readonly seconds: RawBuilder<number>
  /** The database's time when a statement runs, in microseconds since the epoch. */
  readonly microseconds: RawBuilder<number>
}

/**
 * Runs statements in a transaction, and repeats it when it conflicts with another transaction. On PostgreSQL each statement
 * sees the data that was committed before the statement began.
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

/**
 * Runs one statement of PostgreSQL as a transaction of its own, in one round trip. The default isolation level of the database
 * may be stricter than `read committed`. A statement that conflicts with another transaction is repeated in `read committed`.
 */
export async function singleStatement<T>(database: SqlDatabase, body: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
  try {
    return await body(database.db)
  } catch (error) {
    if (!(error instanceof LostTransactionError)) throw error
    return transaction(database, body)
  }
}
