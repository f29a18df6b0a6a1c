import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely'
import { StoreUnavailableError } from '../errors.ts'
import { mustBeStorable } from '../storable.ts'
import { inTime } from '../timeout.ts'
import { failure, LostTransactionError } from './failure.ts'
import { withTextsAndNumbers } from './numbers.ts'

/** A connection of the application, lent for one statement or one transaction. */
export interface Loan {
  /** Runs a statement. Rejects with an error of the driver. */
  readonly run: (sql: string, parameters: readonly unknown[]) => Promise<QueryResult<unknown>>
  /**
   * Gives the connection back. Never rejects.
   *
   * @param uncertain - whether a statement may still run, or a transaction may be open
   */
  readonly end: (uncertain: boolean) => Promise<void>
}

/** Borrows a connection from the application. */
export type Borrow = () => Promise<Loan>

/** The habits of a kind of database. */
export interface Habits {
  /** The statements that begin a transaction. */
  readonly begin: readonly string[]
  /** How often a statement outside of a transaction is tried when it conflicts with others. */
  readonly attempts: number
}

/** A driver for connections of the application. */
export interface LendingDriver {
  /** @param whole - limits the time of one change, with any number of statements, in milliseconds */
  readonly driver: (whole: number) => Driver
  /** Refuses to borrow from now on. */
  readonly close: () => void
}

interface Connection extends DatabaseConnection {
  isInTransaction: boolean
  end(): Promise<void>
}

/**
 * Runs statements on connections that an application lends. Every wait has a time limit, errors become store errors, and values
 * are checked before they are sent.
 *
 * @param timeout - the limit for the wait for a connection and for each statement, in milliseconds
 */
export function lendingDriver(borrow: Borrow, { begin, attempts }: Habits, timeout: number): LendingDriver {
  let closed = false
  const nothing = async (): Promise<void> => {}
  return { driver, close: () => void (closed = true) }

  function driver(whole: number): Driver {
    return {
      init: nothing,
      acquireConnection: async () => lend(await borrowInTime(), performance.now() + whole),
      async beginTransaction(connection) {
        for (const statement of begin) await connection.executeQuery(queryOf(statement))
        ;(connection as Connection).isInTransaction = true // lend() made it
      },
      async commitTransaction(connection) {
        await connection.executeQuery(queryOf('commit'))
      },
      async rollbackTransaction(connection) {
        await connection.executeQuery(queryOf('rollback'))
      },
      releaseConnection: async (connection) => (connection as Connection).end(), // lend() made it
      destroy: nothing
    }
  }

  async function borrowInTime(): Promise<Loan> {
    if (closed) throw new StoreUnavailableError('closed')
    const pending = borrow()
    try {
      return await inTime(pending, timeout)
    } catch (error) {
      // Return a connection that arrives too late.
      pending.then(
        (loan) => loan.end(false),
        () => {}
      )
      throw failure(error)
    }
  }

  function lend(loan: Loan, deadline: number): Connection {
    let lost: Error | undefined
    const connection = { isInTransaction: false, executeQuery, end } as Partial<Connection> as Connection // no streams
    return connection

    async function executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      mustBeStorable(parameters)
      // Cast: the type of the rows belongs to the statement.
      return withTextsAndNumbers((await run(sql, parameters)) as QueryResult<Row>)
    }

    async function run(
      sql: string,
      parameters: readonly unknown[],
      left: number = attempts
    ): Promise<QueryResult<unknown>> {
      if (lost !== undefined) throw lost
      try {
        const limit = Math.min(timeout, Math.max(1, deadline - performance.now()))
        return await inTime(loan.run(sql, parameters), limit)
      } catch (error) {
        const ours = failure(error)
        const isConflict = ours instanceof LostTransactionError
        if (isConflict && left > 1 && !connection.isInTransaction) return run(sql, parameters, left - 1)
        // A late statement must not continue to run when the next caller gets the connection.
        if (ours instanceof StoreUnavailableError && !isConflict) lost ??= ours
        throw ours
      }
    }

    async function end(): Promise<void> {
      const ended = loan.end(lost !== undefined)
      // A statement that never ends must not hold up the caller.
      if (lost === undefined) await ended
    }
  }
}

function queryOf(sql: string): CompiledQuery {
  return { sql, parameters: [] } as Partial<CompiledQuery> as CompiledQuery // executeQuery() uses nothing else
}
