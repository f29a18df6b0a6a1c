import { closeSync, fstatSync, openSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type CompiledQuery, type DatabaseConnection, type Driver, type QueryResult, SelectQueryNode } from 'kysely'
import { StoreUnavailableError } from '../errors.ts'
import { mustBeStorable } from '../storable.ts'
import { inTime } from '../timeout.ts'
import type { OpenDatabase } from './database.ts'
import { BusyError } from './failure.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
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

/** The use of the thread by one transaction, or by one task outside of a transaction. */
interface Turn {
  /** When the turn was requested, by `performance.now()`. */
  readonly since: number
  readonly end: () => void
  /** Whether an answer is missing. The thread may then still work on it. */
  isUncertain: boolean
}

interface Connection extends DatabaseConnection {
  /** The turn of the open transaction. */
  turn: Turn | undefined
}

/**
 * SQLite in a file. A missing file is created with access for its owner only, because the content is private. The connection
 * has a thread of its own, which runs one task after the other. Tasks outside of a transaction are sent without waiting for the
 * answers to earlier ones, so that the thread is not idle between two tasks.
 *
 * @param timeout - how long to wait for the connection, for each statement, and while other processes write, in milliseconds
 * @throws Error when the file cannot be created, or `libsql` is not installed
 */
export function sqlite(given: string, timeout: number): OpenDatabase {
  const isInMemory = given === ':memory:'
  // The current folder of the process may change.
  const file = isInMemory ? given : path.resolve(given)
  const identity = isInMemory ? null : makeFile(file)
  const thread = sqliteThread(file, identity, SETTINGS, timeout)
  const takeTurn = turns()
  let closing: Promise<void> | undefined

  const nothing = async (): Promise<void> => {}
  const driver: Driver = {
    init: nothing,
    acquireConnection,
    async beginTransaction(connection) {
      const turn = await enter('alone')
      ;(connection as Connection).turn = turn // acquireConnection() made it
      await patiently(turn, { kind: 'begin' })
    },
    async commitTransaction(connection) {
      await ask(turnOf(connection), { kind: 'commit' })
    },
    async rollbackTransaction(connection) {
      const turn = turnOf(connection)
      if (!turn.isUncertain) await ask(turn, { kind: 'rollback' })
    },
    async releaseConnection(connection) {
      const { turn } = connection as Connection // acquireConnection() made it
      if (turn !== undefined) leave(turn)
    },
    destroy: nothing
  }
  return {
    name: 'sqlite',
    dialect: sqliteDialect(driver),
    runInOrder,
    isInMemory,
    close: () => (closing ??= close())
  }

  async function acquireConnection(): Promise<DatabaseConnection> {
    if (closing) throw new StoreUnavailableError('closed')
    const connection = { turn: undefined, executeQuery } as Partial<Connection> as Connection // the store does not use streams
    return connection

    async function executeQuery<Row>({ query, sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      mustBeStorable(parameters)
      const statements = [{ sql, parameters }]
      const { turn } = connection
      const { rows, changes } =
        turn === undefined
          ? await shared({ kind: SelectQueryNode.is(query) ? 'read' : 'write', statements })
          : await ask(turn, { kind: 'step', statements })
      if (changes !== undefined) return { rows: [], numAffectedRows: BigInt(changes) }
      return { rows: rows as Row[] }
    }
  }

  async function runInOrder(queries: readonly CompiledQuery[]): Promise<boolean> {
    if (closing) throw new StoreUnavailableError('closed')
    const statements = queries.map(({ sql, parameters }) => ({ sql, parameters }))
    for (const { parameters } of statements) mustBeStorable(parameters)
    const { changes } = await shared({ kind: 'write', statements })
    return changes !== 0
  }

  /** Performs a task outside of a transaction. */
  async function shared(task: Task): Promise<Answer> {
    const turn = await enter('shared')
    try {
      return await patiently(turn, task)
    } finally {
      leave(turn)
    }
  }

  async function enter(kind: 'alone' | 'shared'): Promise<Turn> {
    const since = performance.now()
    const end = await takeTurn(kind, timeout)
    try {
      await thread.ready()
    } catch (error) {
      end()
      throw error
    }
    return { since, end, isUncertain: false }
  }

  function leave({ end, isUncertain }: Turn): void {
    // A transaction, and the turns after it, begin when the thread has finished this turn.
    if (isUncertain) thread.ask({ kind: 'rollback' }).then(end, end)
    else end()
  }

  /** Repeats a task while the file is busy. Time spent queued behind another busy statement counts towards the timeout. */
  async function patiently(turn: Turn, task: Task): Promise<Answer> {
    for (;;) {
      try {
        return await ask(turn, task)
      } catch (error) {
        if (!(error instanceof BusyError) || performance.now() > turn.since + timeout) throw error
        await setTimeout(RETRY_INTERVAL)
      }
    }
  }

  async function ask(turn: Turn, task: Task): Promise<Answer> {
    try {
      return await inTime(thread.ask({ ...task, deadline: milliseconds() + timeout }), timeout)
    } catch (error) {
      turn.isUncertain ||= error instanceof StoreUnavailableError && !(error instanceof BusyError)
      throw error
    }
  }

  async function close(): Promise<void> {
    // Wait for the turns that were requested before. Turns that take too long fail when the thread ends.
    await takeTurn('alone', timeout).catch(() => {})
    await thread.close()
  }
}

function turnOf(connection: DatabaseConnection): Turn {
  // Casts: acquireConnection() made the connection, and beginTransaction() set its turn.
  return (connection as Connection).turn as Turn
}

/** The time of a clock that all threads share and that is never set back. */
function milliseconds(): number {
  return Number(process.hrtime.bigint() / 1_000_000n)
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
