import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { StoreUnavailableError } from '../errors.ts'
import { inTime } from '../timeout.ts'
import { failure } from './failure.ts'
import { haltBeforeExit } from './sqlite-exit.ts'
import { type Answer, PROGRAM, type ProgramData, READY, type Task } from './sqlite-program.ts'

/** A connection to a SQLite file in a separate thread, so that the event loop never waits for the disk. */
export interface SqliteThread {
  /**
   * Resolves when the thread accepts tasks. Starts another thread if the last one has ended.
   *
   * @throws StoreUnavailableError when it does not start
   */
  ready(): Promise<void>
  /**
   * Returns the answer to a task. Tasks run one after the other, in the order of the calls.
   *
   * @throws StoreUnavailableError for an error of the driver, and when the thread ends before it answers
   */
  ask(task: Task): Promise<Answer>
  /** Ends the thread after its pending tasks. Resolves when it has ended, or when the timeout is over. */
  close(): Promise<void>
}

/** One thread, from its start to its end. */
interface Running {
  readonly ready: Promise<Answer>
  readonly end: Promise<void>
  hasEnded(): boolean
  ask(task: Task): Promise<Answer>
}

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

/**
 * Starts the thread.
 *
 * @param identity - the device and inode of the file, `null` for a database in memory
 * @param settings - statements that each new connection runs first
 * @param timeout - how long closing may take, in milliseconds
 * @throws Error when `libsql` is not installed
 */
export function sqliteThread(file: string, identity: string | null, settings: string, timeout: number): SqliteThread {
  const require = createRequire(import.meta.url)
  // Load the driver here too, so that a driver that does not work on this machine is an error at once.
  require('libsql')
  const data = { file, identity, settings, libsql: require.resolve('libsql') }
  let running = start(data)

  return {
    async ready() {
      if (running.hasEnded()) running = start(data)
      await running.ready
    },
    ask: (task) => running.ask(task),
    async close() {
      // Ignore both errors: the thread is too slow, or has ended already.
      running.ask({ kind: 'close' }).catch(() => {})
      await inTime(running.end, timeout).catch(() => {})
    }
  }
}

function start(data: Omit<ProgramData, 'flags'>): Running {
  const flags = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
  // The thread gets no preloaded modules, no profiler and no environment variables of the process.
  const worker = new Worker(PROGRAM, { eval: true, workerData: { ...data, flags }, execArgv: [], env: {} })
  const allowExit = haltBeforeExit(new Int32Array(flags))
  const waiting = new Map<number, Waiting>()
  let lastId = READY
  let reason = 'the thread of the database has ended'
  let ended = false

  const ready = answerTo(READY)
  ready.then(
    // From now on the thread does not keep the process alive.
    () => worker.unref(),
    () => {}
  )
  const end = new Promise<void>((resolve) => worker.once('exit', resolve)).then(() => {
    ended = true
    allowExit()
    for (const { reject } of waiting.values()) reject(new StoreUnavailableError(reason))
  })
  worker.on('error', (error: NodeJS.ErrnoException) => {
    ended = true
    reason = error.code ?? error.name
  })
  worker.on('message', (answer: Answer) => {
    const task = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (answer.error) task?.reject(failure(answer.error))
    else task?.resolve(answer)
  })
  return { ready, end, hasEnded: () => ended, ask }

  async function ask(task: Task): Promise<Answer> {
    if (ended) throw new StoreUnavailableError(reason)
    lastId += 1
    worker.postMessage({ id: lastId, ...task })
    return answerTo(lastId)
  }

  function answerTo(id: number): Promise<Answer> {
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
  }
}
