/** How much {@link memoryStore} keeps, and by which clock. */
export interface MemoryStoreOptions {
  /**
   * How many accounts are kept at most, and how many identities. Default: 100 000. When it is full the next one is
   * refused with 503: forgetting an account would give its owner another one.
   */
  maxAccounts?: number
  /**
   * How many used DPoP proofs are kept at most. Default: 100 000. When it is full the next one is refused with 503:
   * forgetting one would let it be replayed.
   */
  maxDpopProofs?: number
  /**
   * How many refresh tokens are kept at most, used ones included. Default: 100 000, some 60 MB. When it is full the
   * oldest token goes: its owner signs in again, or, if it was used, its reuse is refused without ending its family.
   */
  maxRefreshTokens?: number
  /**
   * How many revocations are kept at most. Default: 100 000. When it is full the next one is refused with 503: forgetting
   * one would make what it took back good again.
   */
  maxRevocations?: number
  /**
   * How many sessions are kept at most. Default: 100 000. When it is full the oldest goes: its owner signs in again.
   */
  maxSessions?: number
  /** How many signing keys are kept at most. Default: 100. When it is full the next one is refused with 503. */
  maxSigningKeys?: number
  /**
   * How many keys are counted at most. Default: 100 000. When it is full the oldest count goes: refusing instead would
   * let anybody lock everybody out.
   */
  maxThrottleKeys?: number
  /**
   * How many providers' tokens are kept at most. Default: 100 000. When it is full the oldest go: their owner goes through
   * the provider's login again.
   */
  maxUpstreamTokens?: number
  /** The time of the store in milliseconds since the epoch. Default: `Date.now`. */
  now?: () => number
}

const DEFAULTS = {
  maxAccounts: 100_000,
  maxDpopProofs: 100_000,
  maxRefreshTokens: 100_000,
  maxRevocations: 100_000,
  maxSessions: 100_000,
  maxSigningKeys: 100,
  maxThrottleKeys: 100_000,
  maxUpstreamTokens: 100_000,
  now: Date.now
} as const satisfies Required<MemoryStoreOptions>

/** The options with their defaults. */
export function checkMemoryOptions(options: MemoryStoreOptions): Required<MemoryStoreOptions> {
  const known = new Map<string, unknown>(Object.entries(DEFAULTS))
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (!known.has(name)) {
      throw new TypeError(
        `memoryStore: option "${name}" does not exist: the options are ${[...known.keys()].join(', ')}`
      )
    }
    if (value === undefined) continue
    if (name === 'now') {
      if (typeof value !== 'function') throw new TypeError('memoryStore: option "now" must be a function')
    } else if (!Number.isInteger(value) || Number(value) < 1) {
      throw new TypeError(`memoryStore: option "${name}" must be a whole number from 1`)
    }
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...DEFAULTS, ...(Object.fromEntries(given) as MemoryStoreOptions) } // some of the entries of the same object
}
