import { spawn } from 'node:child_process'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { NODE, PROGRAM_OPTIONS, programEnvironment } from '../programs.ts'

/** A running program of examples/. */
export interface Program {
  readonly pid: number | undefined
  /** Resolves when it has printed a text; rejects when it ends before. */
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
  const printed = text(child.stdout)
  const end = new Promise<End>((resolve, reject) => {
    child.once('close', (code, signal) => {
      printed.then((all) => resolve({ code, signal, printed: all }), reject)
    })
  })
  t.teardown(() => stop('SIGKILL'))
  return { pid: child.pid, hasPrinted, end, stop }

  function hasPrinted(expected: string): Promise<void> {
    let soFar = ''
    return new Promise((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        soFar += chunk.toString()
        if (soFar.includes(expected)) resolve()
      })
      child.once('close', (code) => reject(new Error(`it ended with ${code}, and printed: ${soFar}`)))
    })
  }

  async function stop(signal: NodeJS.Signals): Promise<End> {
    child.kill(signal)
    return end
  }
}
