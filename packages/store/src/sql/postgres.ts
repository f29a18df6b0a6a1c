import {
  type Dialect,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult
} from 'kysely'
import { StoreUnavailableError } from '../errors.ts'
import { mustBeStorable } from '../storable.ts'
import { inTime } from '../timeout.ts'
import type { OpenDatabase } from './database.ts'
import { failure, LostTransactionError } from './failure.ts'

/** What the store needs of a `Pool` of `pg`. */
export interface PostgresConnections extends PostgresPool {
  connect(): Promise<PostgresConnection>
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

/** What the store needs of a connection that the pool lends. */
export interface PostgresConnection extends PostgresPoolClient {
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

type Row = Record<string, unknown>

/** A result of `pg`, of which Kysely's type leaves out the columns. */
interface Result extends PostgresQueryResult<Row> {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
}

const BIGINT = 20

/** PostgreSQL through a pool, with a bound on every wait, errors of ours, and values checked before they are sent. */
export function postgres(pool: PostgresConnections, timeout: number): OpenDatabase {
  let closed = false
  const ignore = (): void => {}
  pool.on('error', ignore)
  return {
    dialect: dialectOf(() => connect(timeout)),
    unhurried: dialectOf(() => connect(Number.POSITIVE_INFINITY)),
    close() {
      closed = true
      pool.off('error', ignore)
    }
  }

  function dialectOf(connect: () => Promise<PostgresPoolClient>): Dialect {
    return new PostgresDialect({ pool: { options: pool.options, connect, end: pool.end.bind(pool) } })
  }

  // `whole` is how long the connection is lent for at most: a change is given up in time, however many statements it has.
  async function connect(whole: number): Promise<PostgresPoolClient> {
    if (closed) throw new StoreUnavailableError('closed')
    const pending = pool.connect()
    try {
      return lend(await inTime(pending, timeout), performance.now() + whole)
    } catch (error) {
      // A connection that comes too late goes back.
      pending.then(
        (connection) => connection.release(),
        () => {}
      )
      throw failure(error)
    }
  }

  function lend(connection: PostgresConnection, deadline: number): PostgresPoolClient {
    let lost: Error | undefined
    // A pool does not listen to what it has lent, and an error that nobody listens to ends the process.
    connection.on('error', onError)
    return {
      query,
      release() {
        connection.off('error', onError)
        // The server rolls back what was open on a connection that ends.
        connection.release(lost !== undefined)
      }
    } as PostgresPoolClient // its other overload is for cursors, which the store does not use

    async function query(text: string, values: readonly unknown[]): Promise<unknown> {
      mustBeStorable(values)
      if (lost !== undefined) throw lost
      try {
        const left = Math.min(timeout, Math.max(1, deadline - performance.now()))
        return withNumbers((await inTime(connection.query<Row>(text, [...values]), left)) as Result)
      } catch (error) {
        const ours = failure(error)
        // A statement that is late must not run on under whoever borrows the connection next.
        if (ours instanceof StoreUnavailableError && !(ours instanceof LostTransactionError)) lost ??= ours
        throw ours
      }
    }

    function onError(): void {
      lost ??= new StoreUnavailableError('connection lost')
    }
  }
}

// The driver gives what may not fit into a number as text, unless the application has told it otherwise. Ours fit.
function withNumbers(result: Result): Result {
  const names = result.fields.filter(({ dataTypeID }) => dataTypeID === BIGINT).map(({ name }) => name)
  for (const row of result.rows) for (const name of names) if (row[name] !== null) row[name] = Number(row[name])
  return result
}
