import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { DEFAULT_FILE, type Place } from './storage.ts'

/** An environment with a secret in it. */
export type Secrets<Name extends string> = Place & Partial<Record<Name, string | undefined>>

/**
 * A secret of the environment, such as `KEY_SECRET`. Without it a demo makes one, and keeps it in a file beside its
 * database: never do this where the two can be copied together.
 */
export async function secretOf<Name extends string>(environment: Secrets<Name>, name: Name): Promise<string> {
  const given = environment[name]
  if (given) return given
  const { DATABASE_FILE = DEFAULT_FILE } = environment
  const secret = randomBytes(32).toString('base64url')
  if (DATABASE_FILE === ':memory:') return secret
  const file = path.join(path.dirname(DATABASE_FILE), name.toLowerCase().replaceAll('_', '-'))
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  // The file appears with its content: several processes may start at once, and one of them keeps its secret.
  const own = `${file}-${process.pid}-${randomBytes(4).toString('hex')}`
  await writeFile(own, secret, { flag: 'wx', mode: 0o600 })
  await link(own, file).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
  await unlink(own)
  return readFile(file, 'utf8')
}
