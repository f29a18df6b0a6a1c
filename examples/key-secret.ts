import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { generateClientSecret } from '@latchkey/token-endpoint'
import { DEFAULT_FILE, type Place } from './storage.ts'

/**
 * What signing keys are encrypted with in the store: `KEY_SECRET` of the environment. Without it a demo makes one, and
 * keeps it in a file beside its database: never do this where the two can be copied together.
 */
export async function keySecret(environment: Place & { KEY_SECRET?: string | undefined }): Promise<string> {
  const { KEY_SECRET, DATABASE_FILE = DEFAULT_FILE } = environment
  if (KEY_SECRET) return KEY_SECRET
  const secret = generateClientSecret().clientSecret
  if (DATABASE_FILE === ':memory:') return secret
  const file = path.join(path.dirname(DATABASE_FILE), 'key-secret')
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, secret, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
  return readFile(file, 'utf8')
}
