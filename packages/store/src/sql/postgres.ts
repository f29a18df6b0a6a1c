import {
  type DatabaseIntrospector,
  type Dialect,
  type Kysely,
  PostgresAdapter,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
  type SchemaMetadata,
  sql,
  type TableMetadata
} from 'kysely'
import { StoreUnavailableError } from '../errors.ts'
import { mustBeStorable } from '../storable.ts'
import { inTime } from '../timeout.ts'
import type { OpenDatabase } from './database.ts'
import { failure, LostTransactionError } from './failure.ts'

/** The members of a `Pool` of `pg` that the store uses. */
export interface PostgresConnections extends PostgresPool {
  connect(): Promise<PostgresConnection>
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

/** The members of a `pg` connection that the store uses. */
export interface PostgresConnection extends PostgresPoolClient {
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

type Row = Record<string, unknown>

/** A result of `pg`. Kysely's type has no columns. */
interface Result extends PostgresQueryResult<Row> {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
}

const BIGINT = 20

/**
 * PostgreSQL through a pool. Every wait has a time limit, errors become store errors, and values are checked before they are
 * sent.
 */
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
    const dialect = new PostgresDialect({ pool: { options: pool.options, connect, end: pool.end.bind(pool) } })
    dialect.createIntrospector = introspectorOf
    dialect.createAdapter = () => new Adapter()
    return dialect
  }

  // `whole` limits the time of one change, with any number of statements.
  async function connect(whole: number): Promise<PostgresPoolClient> {
    if (closed) throw new StoreUnavailableError('closed')
    const pending = pool.connect()
    try {
      return lend(await inTime(pending, timeout), performance.now() + whole)
    } catch (error) {
      // Return a connection that arrives too late.
      pending.then(
        (connection) => connection.release(),
        () => {}
      )
      throw failure(error)
    }
  }

  function lend(connection: PostgresConnection, deadline: number): PostgresPoolClient {
    let lost: Error | undefined
    // The pool does not listen to lent connections, and an error event without a listener would end the process.
    connection.on('error', onError)
    return {
      query,
      release() {
        connection.off('error', onError)
        // Closing the connection makes the server roll back its open transaction.
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
        // Close the connection: a late statement must not continue to run when the next caller gets the connection.
        if (ours instanceof StoreUnavailableError && !(ours instanceof LostTransactionError)) lost ??= ours
        throw ours
      }
    }

    function onError(): void {
      lost ??= new StoreUnavailableError('connection lost')
    }
  }
}

class Adapter extends PostgresAdapter {
  /** Does not hide the error of a migration: after it, the connection is closed, and its lock is gone. */
  override async releaseMigrationLock(...given: Parameters<PostgresAdapter['releaseMigrationLock']>): Promise<void> {
    await super.releaseMigrationLock(...given).catch(() => {})
  }
}

// Kysely's own introspector reads every column of every table of the database. It fails when another program drops a table.
function introspectorOf(db: Kysely<unknown>): DatabaseIntrospector {
  return {
    async getSchemas() {
      return (await sql<SchemaMetadata>`select nspname as name from pg_namespace`.execute(db)).rows
    },
    async getTables() {
      const { rows } = await sql<Pick<TableMetadata, 'name' | 'schema'>>`
        select tablename as name, schemaname as schema from pg_tables where tablename like 'latchkey%'`.execute(db)
      return rows.map((table) => ({ ...table, isView: false, isForeign: false, columns: [] }))
    }
  }
}

// pg returns bigint as text, unless the application configured it otherwise. The store's values fit into a number.
function withNumbers(result: Result): Result {
  const names = result.fields.filter(({ dataTypeID }) => dataTypeID === BIGINT).map(({ name }) => name)
  for (const row of result.rows) for (const name of names) if (row[name] !== null) row[name] = Number(row[name])
  return result
}
