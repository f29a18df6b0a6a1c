import { createHash } from 'node:crypto'
import { checkOptions } from '@latchkey/options'
import { type BcryptParameters, bcryptDecoy, bcryptParameters, readBcrypt } from './bcrypt.ts'
import { type Check, legacyForm, type LegacyHashes } from './form.ts'

const PREFIX = 'bcrypt_sha256$'

/**
 * Django's `bcrypt_sha256$` hashes: bcrypt of the SHA-256 of the password, so all of its bytes count.
 *
 * @see [Django](https://docs.djangoproject.com/en/stable/topics/auth/passwords/)
 * @throws RegistrationError when the cost is missing or out of range
 */
export function djangoBcryptHashes(parameters: BcryptParameters): LegacyHashes {
  const { cost } = checkOptions('djangoBcryptHashes()', bcryptParameters, parameters)
  return legacyForm({ form: 'djangoBcryptHashes', read, decoy: bcryptDecoy(cost) })
}

function read(passwordHash: string): Check | undefined {
  if (!passwordHash.startsWith(PREFIX)) return undefined
  const check = readBcrypt(passwordHash.slice(PREFIX.length))
  return check && (async (password) => check(createHash('sha256').update(password).digest('hex')))
}
