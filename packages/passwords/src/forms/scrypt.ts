import { randomBytes, scrypt, type ScryptOptions, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { checkOptions, integer, members, RegistrationError } from '@latchkey/options'
import { bytesOf } from './base64.ts'
import { type Check, legacyForm, type LegacyHashes } from './form.ts'

/** The cost of a scrypt hash, as in the stored hashes. 128 · cost · blockSize is at most 1 GiB. */
export interface ScryptParameters {
  /** N: a power of two. */
  readonly cost: number
  /** The parameter r. */
  readonly blockSize: number
  /** The parameter p, at most 16. */
  readonly parallelization: number
}

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)
const MOST_BLOCKS = 2 ** 23
const MOST_PARALLELIZATION = 16
const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([A-Za-z0-9+/]{1,256})\$([A-Za-z0-9+/]{43,86})$/
const DJANGO = /^scrypt\$(\d{1,8})\$([^$]{1,256})\$(\d{1,4})\$(\d{1,4})\$([A-Za-z0-9+/]{43,86}={0,2})$/
const HEX = /^([0-9a-f]{32})\.([0-9a-f]{64})$/
const schema = members({
  cost: integer(2, MOST_BLOCKS, 'blocks'),
  blockSize: integer(1, 1024, 'blocks'),
  parallelization: integer(1, MOST_PARALLELIZATION, 'lanes')
})

/**
 * Scrypt hashes: the PHC form, which passlib writes too, and Django's `scrypt$`.
 *
 * @throws RegistrationError when a parameter is missing or out of range
 * @see [RFC 7914](https://www.rfc-editor.org/rfc/rfc7914)
 */
export function scryptHashes(parameters: ScryptParameters): LegacyHashes {
  const checked = checkedParameters('scryptHashes()', parameters)
  return legacyForm({ form: 'scryptHashes', read, decoy: checkOf(checked, randomBytes(16), randomBytes(64)) })
}

/**
 * Scrypt hashes as the official Fastify demo application writes them: the salt of 16 bytes and the key of 32 bytes in
 * hexadecimal, with a dot between. The text has no parameters: they must be those that the hashes were made with.
 *
 * @example
 * ```ts
 * scryptHexHashes({ cost: 65_536, blockSize: 8, parallelization: 2 })
 * ```
 * @throws RegistrationError when a parameter is missing or out of range
 */
export function scryptHexHashes(parameters: ScryptParameters): LegacyHashes {
  const checked = checkedParameters('scryptHexHashes()', parameters)
  return legacyForm({
    form: 'scryptHexHashes',
    read(passwordHash) {
      const [, salt, key] = HEX.exec(passwordHash) ?? []
      return salt && key ? checkOf(checked, Buffer.from(salt, 'hex'), Buffer.from(key, 'hex')) : undefined
    },
    decoy: checkOf(checked, randomBytes(16), randomBytes(32))
  })
}

function checkedParameters(caller: string, parameters: ScryptParameters): ScryptParameters {
  const checked = checkOptions(caller, schema, parameters)
  if (isAcceptable(checked)) return checked
  throw new RegistrationError(caller, 'cost must be a power of two, with cost · blockSize of at most 8388608')
}

function read(passwordHash: string): Check | undefined {
  const phc = PHC.exec(passwordHash)
  const django = DJANGO.exec(passwordHash)
  if (phc) {
    const [, ln, r, p, salt = '', key = ''] = phc
    return checkIf({ cost: 2 ** Number(ln), blockSize: Number(r), parallelization: Number(p) }, bytesOf(salt), key)
  }
  if (!django) return undefined
  const [, cost, salt = '', r, p, key = ''] = django
  return checkIf({ cost: Number(cost), blockSize: Number(r), parallelization: Number(p) }, Buffer.from(salt), key)
}

function checkIf(parameters: ScryptParameters, salt: Buffer, key: string): Check | undefined {
  return isAcceptable(parameters) ? checkOf(parameters, salt, bytesOf(key)) : undefined
}

function isAcceptable({ cost, blockSize, parallelization }: ScryptParameters): boolean {
  const isPower = cost > 1 && Number.isInteger(Math.log2(cost))
  const lanes = parallelization >= 1 && parallelization <= MOST_PARALLELIZATION
  return isPower && blockSize >= 1 && lanes && cost * blockSize <= MOST_BLOCKS
}

function checkOf(parameters: ScryptParameters, salt: Buffer, expected: Buffer): Check {
  const { cost, blockSize } = parameters
  const maxmem = 128 * blockSize * (cost + parameters.parallelization + 8)
  return async (password) =>
    timingSafeEqual(await derive(password, salt, expected.length, { ...parameters, maxmem }), expected)
}
