import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Test } from 'tap'
import { forkProgram } from './programs.ts'
import type { Message, Order } from './worker.ts'

/** A process that serves until it is killed, at the latest when the test ends. */
export interface Worker {
  /** Of its servers, in the order in which the module has them. */
  readonly origins: readonly string[]
  /** Resolves when the next request stands still. */
  stopped(): Promise<void>
  /** Ends it as `kill -9` does. Resolves when it is gone. */
  kill(): Promise<void>
}

const program = path.join(import.meta.dirname, 'worker.ts')
/** Processes whose test has ended. They take the orders of other tests, because starting a process takes a second. */
const free: ChildProcess[] = []

/**
 * Returns a process whose servers listen.
 *
 * @param module - the URL of a module with `serve`, a `ServingModule`
 * @param given - the parameter of its `serve`
 */
export async function startWorker(t: Test, module: string, given: object): Promise<Worker> {
  const child = free.pop() ?? forkProgram(program)
  child.ref()
  child.channel?.ref()
  // A request that stands still would keep its server open.
  let isReusable = true
  const heard = (message: Message): void => {
    if (message === 'stopped') isReusable = false
  }
  child.on('message', heard)
  const gone = once(child, 'exit')
  t.teardown(async () => {
    child.off('message', heard)
    await (isReusable ? release(child) : kill())
  })
  child.send({ module, given } satisfies Order)
  const ended = gone.then(([code]) => Promise.reject(new Error(`the worker ended with ${code}`)))
  ended.catch(() => {})
  const started = await Promise.race([nextMessage(child), ended])
  if (typeof started === 'string') throw new Error('the worker did not start')
  return { origins: started.origins, stopped, kill }

  async function stopped(): Promise<void> {
    await nextMessage(child)
  }

  async function kill(): Promise<void> {
    isReusable = false
    child.kill('SIGKILL')
    await gone
  }
}

/** Closes the servers of a process. It ends with this one. */
async function release(child: ChildProcess): Promise<void> {
  child.send('close')
  await nextMessage(child)
  child.unref()
  child.channel?.unref()
  free.push(child)
}

async function nextMessage(child: ChildProcess): Promise<Message> {
  const [message] = (await once(child, 'message')) as [Message] // worker.ts sends nothing else
  return message
}
