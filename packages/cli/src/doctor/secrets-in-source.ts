import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fingerprint } from '@latchkey/secrets'
import { glob } from 'tinyglobby'
import { CommandError } from '../command-error.ts'

const SOURCES = ['**/*.{ts,mts,cts,tsx,js,mjs,cjs,jsx,json}']
const IGNORED = ['**/node_modules/**', '**/dist/**', '**/build/**', '**/coverage/**', '**/.*/**']
/** The secrets that the plugins accept are longer; those of providers are not much shorter. */
const SHORTEST = 16
// Finds each text, and also what follows each `=` in it: the sign may pad a secret, or stand between a name and a secret.
const TEXT = new RegExp(`(?<![A-Za-z0-9+/_~.-])(?=([A-Za-z0-9+/_~.=-]{${SHORTEST},200}))`, 'g')

/** A secret that stands in a source file. */
export interface SecretInSource {
  /** Relative to the folder of the project. */
  readonly file: string
  readonly line: number
}

/**
 * Finds the secrets of a server in the sources of its project: the folder of the nearest package.json, or else of the file.
 * Compares fingerprints, so that the secrets stay in the server's process.
 *
 * @throws CommandError when a source file cannot be read
 */
export async function secretsInSource(appFile: string, secrets: readonly string[]): Promise<readonly SecretInSource[]> {
  const known = new Set(secrets)
  if (known.size === 0) return []
  const beside = path.dirname(path.resolve(appFile))
  const folder = projectOf(beside) ?? beside
  const files = await glob(SOURCES, { cwd: folder, ignore: IGNORED, dot: false })
  const found: SecretInSource[] = []
  // One after the other: a project may have more files than a process may open at once.
  for (const file of files.toSorted()) {
    const content = await readFile(path.join(folder, file), 'utf8').catch((cause: unknown) => {
      throw new CommandError(`${file}: the source file cannot be read, so a secret in it would not be found`, { cause })
    })
    for (const [at, line] of content.split('\n').entries()) {
      if (hasSecret(line, known)) found.push({ file, line: at + 1 })
    }
  }
  return found
}

function hasSecret(line: string, known: ReadonlySet<string>): boolean {
  return [...line.matchAll(TEXT)].some(([, text]) => known.has(fingerprint(String(text))))
}

function projectOf(folder: string): string | undefined {
  if (existsSync(path.join(folder, 'package.json'))) return folder
  const parent = path.dirname(folder)
  return parent === folder ? undefined : projectOf(parent)
}
