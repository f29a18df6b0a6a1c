import { randomBytes } from 'node:crypto'
import type { Argon2 } from './argon2.ts'
import { type Argon2Parameters, MOST_MEMORY, MOST_PASSES } from './argon2-parameters.ts'

const CURRENT = '$argon2id$v=19$'
const SALT_BYTES = 16
const OUTPUT_BYTES = 32

/** Whether a stored hash is an argon2 PHC string that can be verified at an acceptable cost. */
export function isUsable(passwordHash: string, { parseOptions }: Argon2): boolean {
  try {
    const { memoryCost, timeCost } = parseOptions(passwordHash)
    return memoryCost <= MOST_MEMORY && timeCost <= MOST_PASSES
  } catch {
    return false
  }
}

/**
 * Whether a usable hash is weaker than a new one. A stronger hash does not count as weaker. A hash that differs only in its
 * lanes does not either, because lanes do not change the work.
 */
export function lags(passwordHash: string, policy: Required<Argon2Parameters>, { parseOptions }: Argon2): boolean {
  const { memoryCost, timeCost, saltLen, outputLen } = parseOptions(passwordHash)
  return (
    !passwordHash.startsWith(CURRENT) ||
    memoryCost < policy.memoryCost ||
    timeCost < policy.timeCost ||
    saltLen < SALT_BYTES ||
    outputLen < OUTPUT_BYTES
  )
}

/** Makes a hash that costs the same as a real one. No known password matches it. */
export function decoyHash({ memoryCost, timeCost, parallelism }: Required<Argon2Parameters>): string {
  return `${CURRENT}m=${memoryCost},t=${timeCost},p=${parallelism}$${base64(SALT_BYTES)}$${base64(OUTPUT_BYTES)}`
}

function base64(bytes: number): string {
  return randomBytes(bytes).toString('base64').replace(/=+$/, '')
}
