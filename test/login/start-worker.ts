import { once } from 'node:events'
import path from 'node:path'
import type { Test } from 'tap'
import { forkProgram } from '../programs.ts'

/**
 * Starts a process of this folder and gives its origin once it listens. It ends with the test.
 *
 * @param order - for the program: JSON in its first argument
 */
export async function startWorker(t: Test, program: string, order: object): Promise<string> {
  const child = forkProgram(path.join(import.meta.dirname, program), [JSON.stringify(order)])
  const gone = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await gone
  })
  const ended = gone.then(([code]) => Promise.reject(new Error(`the worker ended with ${code}`)))
  const [origin] = (await Promise.race([once(child, 'message'), ended])) as [string] // the programs send nothing else
  return origin
}
