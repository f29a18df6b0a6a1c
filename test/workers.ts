import type { ChildProcess } from 'node:child_process'
import { on } from 'node:events'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { forkProgram } from './programs.ts'
import type { Message, Order } from './worker.ts'

/** A process that serves until it is killed or the test ends. */
export interface Worker {
  /** Of its servers, in the order in which the module has them. */
  readonly origins: readonly string[]
  /** Resolves when the next request stands still. */
  stopped(): Promise<void>
  /** Ends it as `kill -9` does. Resolves when it is gone. */
  kill(): Promise<void>
}

/** A process of `worker.ts`, and its messages in their order. */
interface WorkerProcess {
  readonly child: ChildProcess
  readonly gone: Promise<void>
  /** The next message. Rejects when the process has ended. */
  next(): Promise<Message>
}

const program = path.join(import.meta.dirname, 'worker.ts')
/** In milliseconds. A request that stands still keeps its server open. */
const TIME_TO_CLOSE = 5000
/** Processes whose test has ended. They take the orders of other tests, because starting a process takes a second. */
const free = new Set<WorkerProcess>()

/**
 * Returns a process whose servers listen.
 *
 * @param module - the URL of a module with `serve`, a `ServingModule`
 * @param given - the parameter of its `serve`
 */
export async function startWorker(t: Test, module: string, given: object): Promise<Worker> {
  const [worker = startProcess()] = free
  free.delete(worker)
  const { child, gone, next } = worker
  child.ref()
  child.channel?.ref()
  let isReusable = true
  t.teardown(async () => (isReusable ? release(worker) : kill()))
  send(child, { module, given })
  const started = await next()
  if (typeof started === 'string') throw new Error(`the worker did not start: ${started}`)
  return { origins: started.origins, stopped, kill }

  async function stopped(): Promise<void> {
    isReusable = false
    await next()
  }

  async function kill(): Promise<void> {
    isReusable = false
    child.kill('SIGKILL')
    await gone
  }
}

function startProcess(): WorkerProcess {
  const child = forkProgram(program)
  // The end of the process may come before its last message, and the end of the channel does not.
  const messages = on(child, 'message', { close: ['disconnect'] })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const worker: WorkerProcess = {
    child,
    gone,
    async next() {
      const { done, value } = (await messages.next()) as IteratorResult<[Message]> // worker.ts sends nothing else
      if (done === true) throw new Error('the worker ended')
      return value[0]
    }
  }
  void gone.then(() => free.delete(worker))
  return worker
}

/** Closes the servers of a process and keeps it for the next order. It ends when this process ends. */
async function release(worker: WorkerProcess): Promise<void> {
  const { child, gone, next } = worker
  send(child, 'close')
  const tooLate = delay(TIME_TO_CLOSE, 'too late', { ref: false })
  if ((await Promise.race([next().catch(() => 'ended'), tooLate])) !== 'closed') {
    child.kill('SIGKILL')
    return gone
  }
  child.unref()
  child.channel?.unref()
  free.add(worker)
}

/** An error means that the process has ended, which `next()` says. */
function send(child: ChildProcess, message: Order | 'close'): void {
  child.send(message, () => {})
}
