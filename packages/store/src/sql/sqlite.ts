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

// In write-ahead mode, readers and the writer do not wait for each other. With `synchronous = full`, a commit is on the disk
// when it returns. The busy_timeout is short because the exit of the process waits for the running statement.
const SETTINGS = `
pragma busy_timeout = 20;
pragma journal_mode = wal;
pragma synchronous = full;
pragma foreign_keys = on`

/** The use of the connection by one transaction, or by one statement outside of a transaction. */
interface Turn {
  /** When the turn was requested, by `performance.now()`. */
  readonly since: number
  readonly end: () => void
  inTransaction: boolean
  /** Whether an answer is missing. The thread may then still work on it. */
  isUncertain: boolean
}

/**
 * SQLite in a file. A missing file is created with access for its owner only, because the content is private. The connection
 * has a thread of its own.
 *
 * @param timeout - how long to wait for the connection, for each statement, and while other processes write, in milliseconds
 * @throws Error when the file cannot be created, or `libsql` is not installed
 */
export function sqlite(file: string, timeout: number): OpenDatabase {
  const identity = file === ':memory:' ? null : makeFile(file)
  const thread = sqliteThread(file, identity, SETTINGS, timeout)
  const takeTurn = turns()
  let turn: Turn // the current turn; there is one at a time
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
  return { dialect: dialectOf(driver), runInOrder, close: () => (closing ??= close()) }

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
    return { executeQuery } as DatabaseConnection // the store does not use streams
  }

  async function releaseConnection(): Promise<void> {
    const { end, isUncertain } = turn
    // The next turn begins when the thread has finished this one.
    if (isUncertain) thread.ask({ kind: 'rollback' }).then(end, end)
    else end()
  }

  async function executeQuery<Row>({ query, sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    mustBeStorable(parameters)
    const statements = [{ sql, parameters }]
    const { rows, changes } = turn.inTransaction
      ? await ask({ kind: 'step', statements })
      : await patiently({ kind: SelectQueryNode.is(query) ? 'read' : 'write', statements })
    if (changes !== undefined) return { rows: [], numAffectedRows: BigInt(changes) }
    return { rows: rows as Row[] }
  }

  async function runInOrder(queries: readonly CompiledQuery[]): Promise<boolean> {
    const statements = queries.map(({ sql, parameters }) => ({ sql, parameters }))
    await acquireConnection()
    try {
      for (const { parameters } of statements) mustBeStorable(parameters)
      const { changes } = await patiently({ kind: 'write', statements })
      return changes !== 0
    } finally {
      await releaseConnection()
    }
  }

  /** Repeats a task while the file is busy. Time spent queued behind another busy statement counts towards the timeout. */
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
    // Wait for the turns that were requested before. Turns that take too long fail when the thread ends.
    await takeTurn(timeout).catch(() => {})
    await thread.close()
  }
}

/** Creates the file if it is missing, and returns its identity: another file with the same name has a different one. */
function makeFile(file: string): string {
  const descriptor = openSync(file, 'a', 0o600)
  try {
    const { dev, ino } = fstatSync(descriptor)
    return `${dev} ${ino}`
  } finally {
    closeSync(descriptor)
  }
}

class AdapterWithTurns extends SqliteAdapter {
  /** Kysely's own queue for a single connection has no time limit. */
  override get supportsMultipleConnections(): boolean {
    return true
  }

  /** A transaction that begins with a write lock is also the lock for migrations of several processes. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

function dialectOf(driver: Driver): Dialect {
  const dialect = new SqliteDialect({ database: {} as SqliteDatabase }) // only used by the driver that it would create
  dialect.createDriver = () => driver
  dialect.createAdapter = () => new AdapterWithTurns()
  return dialect
}
