import type { CompiledQuery, Dialect, Kysely, RawBuilder, Transaction } from 'kysely'
import type { StoreClock } from '../clock.ts'
import { LostTransactionError } from './failure.ts'
import type { Schema } from './schema.ts'

/**
 * Runs statements in one transaction and in one round trip, in their order, until one of them changes no row. Returns whether
 * each of them changed rows.
 */
export type RunInOrder = (statements: readonly CompiledQuery[]) => Promise<boolean>

/** The SQL that a database speaks. MariaDB speaks that of MySQL. */
export type DialectName = 'mysql' | 'postgres' | 'sqlite'

/** An open database, and the function that closes it. */
export interface OpenDatabase {
  readonly name: DialectName
  readonly dialect: Dialect
  /** The same database without a time limit for a whole transaction, if the dialect has such a limit. */
  readonly unhurried?: Dialect
  /** Only SQLite in a file of the store has it. */
  readonly runInOrder?: RunInOrder
  /** Whether a restart loses it. Default: `false`. */
  readonly isInMemory?: boolean
  readonly close: () => void | Promise<void>
}

/** A database for the contracts. */
export interface SqlDatabase {
  readonly db: Kysely<Schema>
  readonly name: DialectName
  /** Whether to lock rows. SQLite has one writer at a time. */
  readonly locksRows: boolean
  readonly runInOrder: RunInOrder | undefined
  /** The time limit of a change, in milliseconds. */
  readonly timeout: number
  /** The time of this process in milliseconds since the epoch. */
  readonly now: () => number
  readonly clock: StoreClock
  /** The database's time when a statement runs, in seconds since the epoch. */
  readonly seconds: RawBuilder<number>
  /** The database's time when a statement runs, in microseconds since the epoch. */
  readonly microseconds: RawBuilder<number>
}

/**
 * Runs statements in a transaction, and repeats it when it conflicts with another transaction, unless the time limit has passed.
 * On PostgreSQL and MySQL each statement sees the data that was committed before the statement began.
 */
export async function transaction<T>(
  { db, name, timeout }: SqlDatabase,
  body: (trx: Transaction<Schema>) => Promise<T>
): Promise<T> {
  const end = performance.now() + timeout
  return attempt(name === 'mysql' ? 10 : 3)

  async function attempt(left: number): Promise<T> {
    try {
      return await db.transaction().execute(body)
    } catch (error) {
      if (!(error instanceof LostTransactionError) || left === 1 || performance.now() > end) throw error
      return attempt(left - 1)
    }
  }
}

/**
 * Runs one statement as a transaction of its own, in one round trip. The default isolation level of the database may be
 * stricter than `read committed`. A statement that conflicts with another transaction is repeated in `read committed`.
 */
export async function singleStatement<T>(database: SqlDatabase, body: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
  try {
    return await body(database.db)
  } catch (error) {
    if (!(error instanceof LostTransactionError)) throw error
    return transaction(database, body)
  }
}
