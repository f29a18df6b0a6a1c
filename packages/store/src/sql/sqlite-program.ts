/** A statement with the values of its parameters. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** A task for the connection of the thread. */
export interface Task {
  /**
   * `read` runs a statement. `write` runs statements in a transaction of their own, until one changes no row, and returns the
   * result of the last one that ran. `begin` starts a transaction and ends an open one. `step` runs a statement in the
   * transaction, and fails when there is none. `rollback` does nothing without a transaction.
   */
  readonly kind: 'read' | 'write' | 'begin' | 'step' | 'commit' | 'rollback' | 'close'
  /** For `write` at least one, for `read` and `step` one, otherwise none. */
  readonly statements?: readonly Statement[]
  /** By `process.hrtime`, in milliseconds. A task that has not begun by then has no effect. Default: none. */
  readonly deadline?: number
}

/** The answer to the task with the same number. */
export interface Answer {
  readonly id: number
  readonly rows?: unknown[]
  readonly changes?: number
  /** An error of the driver. */
  readonly error?: { readonly code?: string; readonly name: string; readonly message: string }
}

/** The data that the program gets when it starts. */
export interface ProgramData {
  readonly file: string
  /** Identifies the file: its device and inode. `null` for a database in memory. */
  readonly identity: string | null
  /** The path of the module `libsql`. */
  readonly libsql: string
  /** Statements that run first on each new connection. */
  readonly settings: string
  /** Two numbers of 32 bits, at {@link STOPPING} and at {@link WORKING}. */
  readonly flags: SharedArrayBuffer
}

/** 1 when the process is about to exit: the thread starts no new task. Written by the main thread. */
export const STOPPING = 0
/** 1 while the thread is in the driver, otherwise 0. Written by the thread. */
export const WORKING = 1

/** The code of the error for a file that was deleted, moved or replaced. */
export const FILE_GONE = 'LATCHKEY_FILE_GONE'

/** The number of the first answer, which belongs to no task. */
export const READY = 0

/** How many prepared statements a connection keeps. */
const MOST_PREPARED = 200

/**
 * The program of the thread. It is a text because a thread can start from text everywhere. From a TypeScript file, Node 20
 * cannot start a thread. A bundler leaves out a file that is not imported.
 *
 * Statements are kept, because preparing takes longer than running. A statement that found the file busy stays open: it would
 * continue to read the state of that moment, and would block the commit of the next transaction. It is closed together with its
 * connection.
 *
 * An open file can be deleted. Data that is written to it afterwards is lost when the process ends, and another process creates
 * a new file. So the file is checked before each read, each transaction and each commit.
 */
export const PROGRAM: string = String.raw`'use strict'
const { statSync } = require('node:fs')
const { parentPort, workerData } = require('node:worker_threads')
const flags = new Int32Array(workerData.flags)
let Database
let database
const prepared = new Map()

work(() => {
  Database = require(workerData.libsql)
  parentPort.postMessage({ id: ${READY} })
})
parentPort.on('message', (task) => {
  work(() => parentPort.postMessage({ id: task.id, ...perform(task) }))
  if (task.kind === 'close') parentPort.close()
})

function work(inDriver) {
  Atomics.store(flags, ${WORKING}, 1)
  try {
    if (Atomics.load(flags, ${STOPPING}) === 0) inDriver()
  } finally {
    Atomics.store(flags, ${WORKING}, 0)
    Atomics.notify(flags, ${WORKING})
  }
}

function perform({ kind, statements, deadline }) {
  try {
    mustBeInTime(deadline)
    return perform[kind](statements)
  } catch ({ code, name, message }) {
    if (String(code).startsWith('SQLITE_BUSY')) forget()
    return { error: { code, name, message } }
  }
}

perform.read = ([statement]) => {
  mustBeInPlace()
  return run(statement)
}

perform.write = (statements) => {
  perform.begin()
  try {
    let result
    for (const statement of statements) {
      result = run(statement)
      if (result.changes === 0) break
    }
    perform.commit()
    return result
  } catch (error) {
    perform.rollback()
    throw error
  }
}

perform.begin = () => {
  perform.rollback()
  mustBeInPlace()
  open().exec('begin immediate')
}

perform.step = ([statement]) => {
  mustBeInTransaction()
  return run(statement)
}

perform.commit = () => {
  mustBeInTransaction()
  mustBeInPlace()
  database.exec('commit')
}

perform.rollback = () => {
  if (isInTransaction()) database.exec('rollback')
}

perform.close = forget

function run({ sql, parameters }) {
  const { statement, isReader } = prepared.get(sql) || prepare(sql)
  return isReader ? { rows: statement.all(parameters) } : { changes: statement.run(parameters).changes }
}

function prepare(sql) {
  const statement = open().prepare(sql)
  const entry = { statement, isReader: statement.reader }
  // Some statements depend on the number of their parameters. Forget all of them before they are too many.
  if (prepared.size === ${MOST_PREPARED}) prepared.clear()
  prepared.set(sql, entry)
  return entry
}

function open() {
  if (database !== undefined) return database
  database = new Database(workerData.file)
  try {
    database.exec(workerData.settings)
    return database
  } catch (error) {
    forget()
    throw error
  }
}

function forget() {
  prepared.clear()
  if (database !== undefined) database.close()
  database = undefined
}

function isInTransaction() {
  return database !== undefined && database.inTransaction
}

function mustBeInPlace() {
  const { file, identity } = workerData
  if (identity === null) return
  const found = statSync(file, { throwIfNoEntry: false })
  if (found !== undefined && found.dev + ' ' + found.ino === identity) return
  throw Object.assign(new Error('the file is gone'), { code: '${FILE_GONE}' })
}

function mustBeInTime(deadline) {
  if (process.hrtime.bigint() / 1000000n <= deadline || deadline === undefined) return
  throw Object.assign(new Error('too late'), { code: 'no answer in time' })
}

function mustBeInTransaction() {
  if (!isInTransaction()) throw Object.assign(new Error('the transaction is gone'), { code: 'SQLITE_ABORT' })
}
`
