import { randomBytes } from 'node:crypto'
import { parseOptions } from '@node-rs/argon2'
import { type Argon2Parameters, MOST_MEMORY, MOST_PASSES } from './argon2-parameters.ts'

const CURRENT = '$argon2id$v=19$'
const SALT_BYTES = 16
const OUTPUT_BYTES = 32

/** Whether a stored hash is an argon2 PHC string that can be verified, and that costs a sane amount of work. */
export function isUsable(passwordHash: string): boolean {
  try {
    const { memoryCost, timeCost } = parseOptions(passwordHash)
    return memoryCost <= MOST_MEMORY && timeCost <= MOST_PASSES
  } catch {
    return false
  }
}

/**
 * Whether a usable hash is weaker than one made today would be. A stronger one does not lag; neither does one that
 * differs in its lanes only, which do not change the work.
 */
export function lags(passwordHash: string, policy: Required<Argon2Parameters>): boolean {
  const { memoryCost, timeCost, saltLen, outputLen } = parseOptions(passwordHash)
  return (
    !passwordHash.startsWith(CURRENT) ||
    memoryCost < policy.memoryCost ||
    timeCost < policy.timeCost ||
    saltLen < SALT_BYTES ||
    outputLen < OUTPUT_BYTES
  )
}

/** A hash that costs what a real one costs and that no password is known to fit. */
export function decoyHash({ memoryCost, timeCost, parallelism }: Required<Argon2Parameters>): string {
  return `${CURRENT}m=${memoryCost},t=${timeCost},p=${parallelism}$${base64(SALT_BYTES)}$${base64(OUTPUT_BYTES)}`
}

function base64(bytes: number): string {
  return randomBytes(bytes).toString('base64').replace(/=+$/, '')
}
