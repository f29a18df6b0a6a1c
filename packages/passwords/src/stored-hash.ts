import { createHmac } from 'node:crypto'
import type { Argon2 } from './argon2.ts'
import { type Argon2Parameters } from './argon2-parameters.ts'
import type { Check, LegacyHashes } from './forms/form.ts'
import { isUsable, lags } from './phc.ts'

/** A stored hash that can be verified. */
export interface StoredHash {
  readonly check: Check
  /** Whether a new hash should replace it after this password was right. */
  readonly isRenewedBy: (password: string) => boolean
}

// Django writes it before the PHC string.
const DJANGO = /^argon2(?=\$argon2)/

/** Reads a stored hash: argon2, or one of the old forms that the application named. */
export function readStored(
  text: string,
  library: Argon2,
  policy: Required<Argon2Parameters>,
  forms: readonly LegacyHashes[]
): StoredHash | undefined {
  const phc = text.replace(DJANGO, '')
  if (isUsable(phc, library)) {
    const isWeak = lags(phc, policy, library)
    return { check: async (password) => library.verify(phc, password), isRenewedBy: () => isWeak }
  }
  for (const { read, mostBytes = Number.POSITIVE_INFINITY } of forms) {
    const check = read(text)
    // A part that the hash does not contain may have been mistyped.
    if (check) return { check, isRenewedBy: (password) => Buffer.byteLength(password) <= mostBytes }
  }
  return undefined
}

/** The check in place of one for a user without a usable hash: for the same name, always one of the same cost. */
export function decoyFor(username: string, secret: string | Buffer, decoys: readonly [Check, ...Check[]]): Check {
  const number = createHmac('sha256', secret).update(username).digest().readUInt32BE(0)
  // Cast: the remainder is an index of the list.
  return decoys[number % decoys.length] as Check
}
