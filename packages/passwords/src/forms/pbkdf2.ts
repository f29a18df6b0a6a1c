import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { checkOptions, integer, members, oneOf } from '@latchkey/options'
import { bytesOf } from './base64.ts'
import { type Check, legacyForm, type LegacyHashes } from './form.ts'

/** The cost of a PBKDF2 hash. */
export interface Pbkdf2Parameters {
  readonly digest: 'sha1' | 'sha256' | 'sha512'
  /** From 1 to 10000000, as in the stored hashes. */
  readonly iterations: number
}

const derive = promisify(pbkdf2)
const MOST_ITERATIONS = 10_000_000
const BYTES = { sha1: 20, sha256: 32, sha512: 64 }
const DJANGO = /^pbkdf2_(sha1|sha256)\$(\d{1,8})\$([^$]{1,256})\$([A-Za-z0-9+/]{27,43}=)$/
const PHC =
  /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d{1,8})(?:,l=\d+)?\$([A-Za-z0-9+/.]{1,256})\$([A-Za-z0-9+/.]{27,86})$/
const schema = members({
  digest: oneOf('sha1', 'sha256', 'sha512'),
  iterations: integer(1, MOST_ITERATIONS, 'iterations')
})

/**
 * PBKDF2 hashes: Django's `pbkdf2_sha256$`, passlib's `$pbkdf2-sha256$` and the PHC form, also with SHA-1 and SHA-512.
 *
 * @example
 * ```ts
 * argon2Passwords({ findUser, storeHash, legacyHashes: [pbkdf2Hashes({ digest: 'sha256', iterations: 600_000 })] })
 * ```
 * @throws RegistrationError when a parameter is missing or out of range
 */
export function pbkdf2Hashes(parameters: Pbkdf2Parameters): LegacyHashes {
  const { digest, iterations } = checkOptions('pbkdf2Hashes()', schema, parameters)
  const decoy = checkOf(digest, iterations, randomBytes(16), randomBytes(BYTES[digest]))
  return legacyForm({ form: 'pbkdf2Hashes', read: (hash) => read(hash, digest), decoy })
}

function read(passwordHash: string, digest: Pbkdf2Parameters['digest']): Check | undefined {
  const django = DJANGO.exec(passwordHash)
  const [, name = 'sha1', count, salt = '', key = ''] = django ?? PHC.exec(passwordHash) ?? []
  const iterations = Number(count)
  const expected = bytesOf(key)
  const isAcceptable = iterations >= 1 && iterations <= MOST_ITERATIONS && expected.length === BYTES[digest]
  if (name !== digest || !isAcceptable) return undefined
  return checkOf(digest, iterations, django ? Buffer.from(salt) : bytesOf(salt), expected)
}

function checkOf(digest: string, iterations: number, salt: Buffer, expected: Buffer): Check {
  return async (password) =>
    timingSafeEqual(await derive(password, salt, iterations, expected.length, digest), expected)
}
