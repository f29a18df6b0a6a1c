import { text } from 'node:stream/consumers'
import { isCancel, password } from '@clack/prompts'
import { CommandError } from './command-error.ts'

/** Where a secret comes from. Never the command line: other users of the machine can read it, and shells keep it. */
export interface SecretSource {
  /** The name of the secret for people, such as `client secret`. */
  readonly name: string
  /** The environment variable. */
  readonly variable: string
  /** Whether it is the first line of the standard input. */
  readonly stdin: boolean
}

/**
 * Reads a secret from the standard input if that is asked for, from its environment variable, or from a prompt on a terminal.
 *
 * @throws CommandError when there is none
 */
export async function readSecret({ name, variable, stdin }: SecretSource): Promise<string> {
  const found = stdin ? (await text(process.stdin)).split(/\r?\n/, 1)[0] : process.env[variable]
  if (found !== undefined && found !== '') return found
  if (!stdin && process.stdin.isTTY) {
    // On the standard error: the standard output is for the token.
    const typed = await password({ message: `The ${name}`, input: process.stdin, output: process.stderr })
    if (!isCancel(typed)) return typed
  }
  throw new CommandError(`the ${name} is missing. Fix: set ${variable}, or send it to --stdin`)
}
