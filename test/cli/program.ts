import { spawn } from 'node:child_process'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from '../architecture/workspace.ts'
import { NODE, programEnvironment } from '../programs.ts'

/** The end of a run of the command line. */
export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line, in the folder of the repository if no other is given. */
export async function latchkey(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  cwd = root
): Promise<Run> {
  const program = path.join(root, 'packages/cli/dist/latchkey.js')
  const child = spawn(NODE.starter, [...NODE.words, program, ...args], {
    cwd,
    env: programEnvironment({ NODE_ENV: undefined, ...settings })
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}
