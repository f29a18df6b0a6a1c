import { spawn } from 'node:child_process'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from '../architecture/workspace.ts'

/** The end of a run of the command line. */
export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The environment of a program that uses the sources of the packages. */
export function environment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    ...process.env,
    TAP: undefined,
    NODE_ENV: undefined,
    NODE_OPTIONS: '--conditions=@latchkey/source',
    ...settings
  }
}

/** Runs the command line, in the folder of the repository if no other is given. */
export async function latchkey(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  cwd = root
): Promise<Run> {
  const program = path.join(root, 'packages/cli/src/latchkey.ts')
  const child = spawn(process.execPath, ['--import=tsx', program, ...args], { cwd, env: environment(settings) })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}
