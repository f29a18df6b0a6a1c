import { closeSync, fstatSync, openSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SelectQueryNode,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect
} from 'kysely'
import { StoreUnavailableError } from '../errors.ts'
import { mustBeStorable } from '../storable.ts'
import { inTime } from '../timeout.ts'
import type { OpenDatabase } from './database.ts'
import { BusyError } from './failure.ts'
import type { Answer, Task } from './sqlite-program.ts'
import { sqliteThread } from './sqlite-thread.ts'
import { turns } from './turns.ts'

const RETRY_INTERVAL = 10

// Readers and the one writer do not wait for each other in a write-ahead log, and a commit is on the disk when it is done.
// Hardly anything waits within a statement, where the end of the process would have to wait too.
const SETTINGS = `
pragma busy_timeout = 20;
pragma journal_mode = wal;
pragma synchronous = full;
pragma foreign_keys = on`

/** The use of the connection by one transaction, or by one statement outside of any. */
interface Turn {
  /** When it was asked for, by `performance.now()`. */
  readonly since: number
  readonly end: () => void
  inTransaction: boolean
  /** Whether an answer is missing: the thread may still be busy with it, in a transaction or not. */
  isUncertain: boolean
}

/**
 * SQLite in a file, which is made if it is not there, for its owner alone: what is stored is nobody else's to read. The
 * connection has a thread of its own.
 *
 * @param timeout - how long to wait for the connection, for each statement, and while other processes write, in milliseconds
 * @throws Error when the file cannot be made, or `libsql` is not installed
 */
export function sqlite(file: string, timeout: number): OpenDatabase {
  const identity = file === ':memory:' ? null : makeFile(file)
  const thread = sqliteThread(file, identity, SETTINGS, timeout)
  const takeTurn = turns()
  let turn: Turn // the one at a time that there is
  let closing: Promise<void> | undefined

  const nothing = async (): Promise<void> => {}
  const driver: Driver = {
    init: nothing,
    acquireConnection,
    async beginTransaction() {
      await patiently({ kind: 'begin' })
      turn.inTransaction = true
    },
    async commitTransaction() {
      await ask({ kind: 'commit' })
    },
    async rollbackTransaction() {
      if (!turn.isUncertain) await ask({ kind: 'rollback' })
    },
    releaseConnection,
    destroy: nothing
  }
  return { dialect: dialectOf(driver), close: () => (closing ??= close()) }

  async function acquireConnection(): Promise<DatabaseConnection> {
    if (closing) throw new StoreUnavailableError('closed')
    const since = performance.now()
    const end = await takeTurn(timeout)
    try {
      await thread.ready()
    } catch (error) {
      end()
      throw error
    }
    turn = { since, end, inTransaction: false, isUncertain: false }
    return { executeQuery } as DatabaseConnection // nothing here asks for a stream
  }

  async function releaseConnection(): Promise<void> {
    const { end, isUncertain } = turn
    // The next turn begins when the thread is done with this one.
    if (isUncertain) thread.ask({ kind: 'rollback' }).then(end, end)
    else end()
  }

  async function executeQuery<Row>({ query, sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    mustBeStorable(parameters)
    const { rows, changes } = turn.inTransaction
      ? await ask({ kind: 'step', sql, parameters })
      : await patiently({ kind: SelectQueryNode.is(query) ? 'read' : 'write', sql, parameters })
    if (changes !== undefined) return { rows: [], numAffectedRows: BigInt(changes) }
    return { rows: rows as Row[] }
  }

  /** Does again what found the file busy. The time in line counts: the lines of all callers are as long. */
  async function patiently(task: Task): Promise<Answer> {
    for (;;) {
      try {
        return await ask(task)
      } catch (error) {
        if (!(error instanceof BusyError) || performance.now() > turn.since + timeout) throw error
        await setTimeout(RETRY_INTERVAL)
      }
    }
  }

  async function ask(task: Task): Promise<Answer> {
    try {
      return await inTime(thread.ask(task), timeout)
    } catch (error) {
      turn.isUncertain ||= error instanceof StoreUnavailableError && !(error instanceof BusyError)
      throw error
    }
  }

  async function close(): Promise<void> {
    // After the turns that were asked for before. Those that take too long fail when the thread ends.
    await takeTurn(timeout).catch(() => {})
    await thread.close()
  }
}

/** Makes a file unless it is there, and gives what it can be told by from another one of that name. */
function makeFile(file: string): string {
  const descriptor = openSync(file, 'a', 0o600)
  try {
    const { dev, ino } = fstatSync(descriptor)
    return `${dev} ${ino}`
  } finally {
    closeSync(descriptor)
  }
}

/** Several connections, in the eyes of Kysely: its own line for a single one has no end in time. */
class AdapterWithTurns extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

function dialectOf(driver: Driver): Dialect {
  const dialect = new SqliteDialect({ database: {} as SqliteDatabase }) // it is for the driver that it would create
  dialect.createDriver = () => driver
  dialect.createAdapter = () => new AdapterWithTurns()
  return dialect
}
