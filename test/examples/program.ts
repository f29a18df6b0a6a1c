import { spawn } from 'node:child_process'
import path from 'node:path'
import type { Test } from 'tap'
import { NODE, PROGRAM_OPTIONS, programEnvironment } from '../programs.ts'

/** A running program of examples/. */
export interface Program {
  readonly pid: number | undefined
  /** Resolves when it has printed a text, before the call or after it; rejects when it ends before. */
  hasPrinted(expected: string): Promise<void>
  /** Resolves when it has ended. */
  readonly end: Promise<End>
  /** Sends a signal, and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<End>
}

/** How a program ended. */
export interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly printed: string
}

/** Runs a program of examples/ until it ends or the test does. */
export function runExample(t: Test, file: string, settings: NodeJS.ProcessEnv, ...words: string[]): Program {
  const program = path.join(import.meta.dirname, '../../examples', file)
  const child = spawn(NODE.starter, [...NODE.words, ...PROGRAM_OPTIONS, program, ...words], {
    env: programEnvironment(settings),
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const end = new Promise<End>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, printed }))
  })
  t.teardown(() => stop('SIGKILL'))
  return { pid: child.pid, hasPrinted, end, stop }

  function hasPrinted(expected: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (printed.includes(expected)) resolve()
      }
      look()
      child.stdout.on('data', look)
      void end.then(({ code }) => reject(new Error(`it ended with ${code}, and printed: ${printed}`)))
    })
  }

  async function stop(signal: NodeJS.Signals): Promise<End> {
    child.kill(signal)
    return end
  }
}
