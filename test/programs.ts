import { type ChildProcess, fork, type ForkOptions } from 'node:child_process'

/**
 * The options of Node for a program in TypeScript that a test starts. It imports the packages as `test/run.js` has bundled
 * them: a process that compiles their sources takes two to three times as long to start.
 */
export const PROGRAM_OPTIONS: readonly string[] = [`--import=${new URL('loader/register.js', import.meta.url).href}`]

/** The `NODE_OPTIONS` of programs that tests start. If tsx runs a program, it imports one file of each large library. */
export const BESIDE_TSX = `--import=${new URL('loader/beside-tsx.js', import.meta.url).href}`

/**
 * How to start Node without the module hook of tap, which slows each import down. tap adds the hook to `NODE_OPTIONS` of each
 * process that a test starts, and `env` sets the variable anew.
 */
export const NODE = { starter: '/usr/bin/env', words: [`NODE_OPTIONS=${BESIDE_TSX}`, process.execPath] } as const

/**
 * The environment of a program that a test starts: without what tap sets for its own processes. It adds `NODE_OPTIONS` again, so
 * start Node by `NODE`.
 */
export function programEnvironment(settings: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...process.env, TAP: undefined, NODE_OPTIONS: undefined, ...settings }
}

/** Starts a program in TypeScript that sends messages to this process. */
export function forkProgram(
  program: string | URL,
  words: readonly string[] = [],
  { settings, stdio }: { readonly settings?: NodeJS.ProcessEnv } & Pick<ForkOptions, 'stdio'> = {}
): ChildProcess {
  return fork(program, words, {
    execPath: NODE.starter,
    execArgv: [...NODE.words, ...PROGRAM_OPTIONS],
    env: programEnvironment(settings),
    stdio
  })
}
