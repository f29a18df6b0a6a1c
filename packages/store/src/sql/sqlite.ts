import { closeSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout } from 'node:timers/promises'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SelectQueryNode,
  type SqliteDatabase,
  SqliteDialect
} from 'kysely'
import type Libsql from 'libsql'
import { StoreUnavailableError } from '../errors.ts'
import { mustBeStorable } from '../storable.ts'
import type { OpenDatabase } from './database.ts'
import { BusyError, failure } from './failure.ts'

const RETRY_INTERVAL = 10

// Readers and the one writer do not wait for each other in a write-ahead log, and a commit is on the disk when it is done.
// Hardly anything waits within a statement, where the whole process would stand still.
const SETTINGS = `
pragma busy_timeout = 20;
pragma journal_mode = wal;
pragma synchronous = full;
pragma foreign_keys = on`

/**
 * SQLite in a file, which is made if it is not there, for its owner alone: what is stored is nobody else's to read.
 *
 * @param timeout - how long to wait while other processes write, in milliseconds
 * @throws Error when the file cannot be made, or `libsql` is not installed
 */
export function sqlite(file: string, timeout: number): OpenDatabase {
  // Loaded here, so that who keeps everything in PostgreSQL need not install it.
  const Database = createRequire(import.meta.url)('libsql') as typeof Libsql
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
  let database: Libsql.Database | undefined
  let closed = false
  // While the file is busy: since when, and when that was last seen.
  let busy: { readonly since: number; readonly seen: number } | undefined

  const nothing = async (): Promise<void> => {}
  const driver: Driver = {
    init: nothing,
    acquireConnection: async () => ({ executeQuery }) as DatabaseConnection, // nothing here asks for a stream
    beginTransaction: begin,
    commitTransaction: async () => execute('commit'),
    rollbackTransaction: async () => execute('rollback'),
    releaseConnection: nothing,
    destroy: nothing
  }
  return { dialect: dialectOf(driver), close }

  async function executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    mustBeStorable(query.parameters)
    if (SelectQueryNode.is(query.query)) return patiently(async () => run<Row>(query))
    if (database?.inTransaction === true) return run<Row>(query)
    await begin()
    try {
      const result = run<Row>(query)
      execute('commit')
      return result
    } catch (error) {
      execute('rollback')
      throw error
    }
  }

  // Takes the right to write at the beginning, so that nothing is refused half-way.
  function begin(): Promise<void> {
    return patiently(async () => execute('begin immediate'))
  }

  async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
    if (busy && performance.now() > busy.seen + timeout) busy = undefined
    for (;;) {
      try {
        const result = await attempt()
        busy = undefined
        return result
      } catch (error) {
        if (!(error instanceof BusyError)) throw error
        // Whoever waited in line while another one waited for the file has waited for it too.
        const time = performance.now()
        busy = { since: busy?.since ?? time, seen: time }
        // A statement that found the file busy stays open: it would go on reading the state of that moment, and keep the
        // next transaction from its commit. It ends with its connection.
        forget()
        if (time > busy.since + timeout) throw error
        await setTimeout(RETRY_INTERVAL)
      }
    }
  }

  function run<Row>({ sql, parameters }: CompiledQuery): QueryResult<Row> {
    try {
      const statement = open().prepare(sql)
      if (statement.reader) return { rows: statement.all(parameters) as Row[] }
      return { rows: [], numAffectedRows: BigInt(statement.run(parameters).changes) }
    } catch (error) {
      throw failure(error)
    }
  }

  function execute(text: string): void {
    try {
      open().exec(text)
    } catch (error) {
      throw failure(error)
    }
  }

  function open(): Libsql.Database {
    if (closed) throw new StoreUnavailableError('closed')
    if (database !== undefined) return database
    database = new Database(file)
    try {
      database.exec(SETTINGS)
      return database
    } catch (error) {
      forget()
      throw error
    }
  }

  function forget(): void {
    database?.close()
    database = undefined
  }

  function close(): void {
    closed = true
    forget()
  }
}

function dialectOf(driver: Driver): Dialect {
  const dialect = new SqliteDialect({ database: {} as SqliteDatabase }) // it is for the driver that it would create
  dialect.createDriver = () => driver
  return dialect
}
