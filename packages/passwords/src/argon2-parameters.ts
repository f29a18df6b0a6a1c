import { integer, type MembersOf, optional, RegistrationError } from '@latchkey/options'

/**
 * The cost of a password hash: argon2id, version 1.3.
 *
 * @see [RFC 9106](https://www.rfc-editor.org/rfc/rfc9106)
 */
export interface Argon2Parameters {
  /** Memory, in KiB. Default: 19456 (19 MiB). At most 1048576 (1 GiB). */
  memoryCost?: number
  /** Passes over that memory. Default: 2. At most 100. */
  timeCost?: number
  /** Lanes. Default: 1. At most 255. */
  parallelism?: number
}

/** Limits for stored hashes. A hash with higher costs could exhaust the memory of the process or block a thread. */
export const MOST_MEMORY = 1_048_576
export const MOST_PASSES = 100

// The minimum of OWASP's Password Storage Cheat Sheet: equally strong pairs of memory and passes.
const FLOOR: readonly Required<Pick<Argon2Parameters, 'memoryCost' | 'timeCost'>>[] = [
  { memoryCost: 47_104, timeCost: 1 },
  { memoryCost: 19_456, timeCost: 2 },
  { memoryCost: 12_288, timeCost: 3 },
  { memoryCost: 9_216, timeCost: 4 },
  { memoryCost: 7_168, timeCost: 5 }
]

/** The schemas of {@link Argon2Parameters}, with the defaults. */
export const parameterMembers: MembersOf<Required<Argon2Parameters>> = {
  memoryCost: optional(integer(7_168, MOST_MEMORY, 'KiB'), 19_456),
  timeCost: optional(integer(1, MOST_PASSES, 'passes'), 2),
  parallelism: optional(integer(1, 255, 'lanes'), 1)
}

/**
 * Checks memory and passes together.
 *
 * @param caller - the function that error messages start with
 * @throws RegistrationError when they are below OWASP's floor
 */
export function requireStrength(caller: string, { memoryCost, timeCost }: Required<Argon2Parameters>): void {
  if (FLOOR.some((least) => memoryCost >= least.memoryCost && timeCost >= least.timeCost)) return
  const pairs = FLOOR.map((least) => `${least.memoryCost} KiB with timeCost ${least.timeCost}`)
  throw new RegistrationError(
    caller,
    `memoryCost is too weak for timeCost ${timeCost}. Fix: use at least ${pairs.join(', ')}`
  )
}
