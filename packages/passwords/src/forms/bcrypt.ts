import { randomBytes } from 'node:crypto'
import { checkOptions, integer, members, type Schema } from '@latchkey/options'
import { lateModule } from '@latchkey/promises'
import { type Check, legacyForm, type LegacyHashes } from './form.ts'

/** The cost of a bcrypt hash. */
export interface BcryptParameters {
  /** The logarithm of the number of rounds, from 4 to 16, as in the stored hashes. */
  readonly cost: number
}

const library = lateModule('@node-rs/bcrypt', () => import('@node-rs/bcrypt'))
const HASH = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const MOST_COST = 16
const MOST_BYTES = 72

/** The schema of {@link BcryptParameters}. */
export const bcryptParameters: Schema<BcryptParameters> = members({ cost: integer(4, MOST_COST, 'doublings') })

/**
 * Bcrypt hashes: `$2a$`, `$2b$` and `$2y$`. A password is verified by its first 72 bytes, because bcrypt hashes no more. If it
 * is longer, its hash is not renewed. A password with NUL is refused, because many libraries stop there.
 *
 * @example
 * ```ts
 * argon2Passwords({ findUser, storeHash, legacyHashes: [bcryptHashes({ cost: 10 })] })
 * ```
 * @throws RegistrationError when the cost is missing or out of range
 */
export function bcryptHashes(parameters: BcryptParameters): LegacyHashes {
  const { cost } = checkOptions('bcryptHashes()', bcryptParameters, parameters)
  return legacyForm({ form: 'bcryptHashes', read: readBcrypt, decoy: bcryptDecoy(cost), mostBytes: MOST_BYTES })
}

/** The check for a bcrypt hash of an acceptable cost. */
export function readBcrypt(passwordHash: string): Check | undefined {
  const cost = Number(HASH.exec(passwordHash)?.[1])
  if (!(cost >= 4 && cost <= MOST_COST)) return undefined
  return async (password) => {
    const { verify } = await library.get()
    return (await verify(password, passwordHash)) && !password.includes('\0')
  }
}

/** A check that costs as much as one of a hash with this cost. */
export function bcryptDecoy(cost: number): Check {
  const salt = `${randomBytes(15).toString('hex').slice(0, 21)}.`
  const hash = `$2b$${String(cost).padStart(2, '0')}$${salt}${randomBytes(15).toString('hex')}.`
  return async (password) => {
    const { verify } = await library.get()
    return (await verify(password, hash)) && false
  }
}
