import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** The settings of a command. */
export interface CommandSettings {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** After how long a command counts as stuck, in milliseconds. */
const TIMEOUT = 300_000

/**
 * Runs a command to its end, and returns its output.
 *
 * @throws Error with the output of a command that fails
 */
export async function run(command: string, args: readonly string[], { cwd, env }: CommandSettings): Promise<string> {
  try {
    const { stdout } = await execute(command, args, {
      cwd,
      env: { ...process.env, ...env },
      maxBuffer: 2 ** 26,
      timeout: TIMEOUT
    })
    return stdout
  } catch (error) {
    throw new Error(outputOf(error), { cause: error })
  }
}

function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string } // those of execFile
  return `${stdout}${stderr}`.trim() || error.message
}
