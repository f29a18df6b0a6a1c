import { type ChildProcess, fork, type ForkOptions } from 'node:child_process'

/**
 * The options of node for a program in TypeScript that a test starts. It imports the packages as `test/run.js` has bundled them:
 * a process that compiles their sources takes two to three times as long to start.
 */
export const PROGRAM_OPTIONS: readonly string[] = [
  `--import=${new URL('typescript/register.js', import.meta.url).href}`
]

/** The environment of a program that a test starts: without what tap sets for its own processes. */
export function programEnvironment(settings: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...process.env, TAP: undefined, NODE_OPTIONS: undefined, ...settings }
}

/** Starts a program in TypeScript that sends messages to this process. */
export function forkProgram(
  program: string | URL,
  words: readonly string[] = [],
  { settings, stdio }: { readonly settings?: NodeJS.ProcessEnv } & Pick<ForkOptions, 'stdio'> = {}
): ChildProcess {
  return fork(program, words, { execArgv: [...PROGRAM_OPTIONS], env: programEnvironment(settings), stdio })
}
