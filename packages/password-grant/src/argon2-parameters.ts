import { InvalidOptionError, mustBeInteger, type OptionCheck, optional } from '@latchkey/guard'

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

export const parameterChecks: { readonly [Name in keyof Required<Argon2Parameters>]: OptionCheck } = {
  memoryCost: optional(mustBeInteger(7_168, MOST_MEMORY, 'KiB')),
  timeCost: optional(mustBeInteger(1, MOST_PASSES, 'passes')),
  parallelism: optional(mustBeInteger(1, 255, 'lanes'))
}

/**
 * Adds the defaults.
 *
 * @param caller - the function that error messages start with
 * @throws InvalidOptionError when memory and passes together are below OWASP's floor
 */
export function withDefaults(caller: string, parameters: Argon2Parameters): Required<Argon2Parameters> {
  const { memoryCost = 19_456, timeCost = 2, parallelism = 1 } = parameters
  if (!FLOOR.some((least) => memoryCost >= least.memoryCost && timeCost >= least.timeCost)) {
    const pairs = FLOOR.map((least) => `${least.memoryCost} KiB with timeCost ${least.timeCost}`)
    throw new InvalidOptionError(
      caller,
      'memoryCost',
      `is too weak for timeCost ${timeCost}: use at least ${pairs.join(', ')}`
    )
  }
  return { memoryCost, timeCost, parallelism }
}
