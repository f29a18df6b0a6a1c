import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** Starts a program of this folder. It gets no Ctrl-C of the terminal: a measurement that is under way can end. */
export function program(file: string, execArgv: readonly string[] = []): ChildProcess {
  return fork(file, {
    execArgv: [...process.execArgv, ...execArgv],
    env: { ...process.env, NODE_ENV: 'production' },
    detached: true
  })
}

/** What a process sends next. */
async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const died = new AbortController()
  const exited = once(child, 'exit', { signal: died.signal })
  const answer: unknown[] = await Promise.race([
    once(child, 'message', { signal: died.signal }),
    exited.then(([code, signal]) => Promise.reject(new Error(`a program ended with ${String(code ?? signal)}`)))
  ])
  exited.catch(() => undefined)
  died.abort()
  return answer[0] as Answer // by the programs here
}

/** Sends a message, and gives the answer to it. */
export function ask<Answer>(child: ChildProcess, message: object | string): Promise<Answer> {
  child.send(message)
  return answerOf<Answer>(child)
}

/** Tells programs to end, and waits until they have. */
export async function stop(...children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map(async (child) => {
      const isRunning = child.exitCode === null && child.signalCode === null
      const ended = isRunning ? once(child, 'exit') : undefined
      if (child.connected) child.disconnect()
      await ended
    })
  )
}
