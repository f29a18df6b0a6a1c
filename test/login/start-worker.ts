import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Test } from 'tap'
import { PROGRAM_OPTIONS } from '../program-options.ts'

/**
 * Starts a process of this folder and gives its origin once it listens. It ends with the test.
 *
 * @param order - for the program: JSON in its first argument
 */
export async function startWorker(t: Test, program: string, order: object): Promise<string> {
  const env = { ...process.env, TAP: undefined, NODE_OPTIONS: undefined }
  const child = fork(path.join(import.meta.dirname, program), [JSON.stringify(order)], {
    execArgv: [...PROGRAM_OPTIONS],
    env
  })
  const gone = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await gone
  })
  const ended = gone.then(([code]) => Promise.reject(new Error(`the worker ended with ${code}`)))
  const [origin] = (await Promise.race([once(child, 'message'), ended])) as [string] // the programs send nothing else
  return origin
}
