/** The limits of a {@link memoryStore}, and its clock. */
export interface MemoryStoreOptions {
  /**
   * The most accounts, and the most identities. Default: 100 000. A full store refuses the next one with 503: if it forgot an
   * account, the owner would get another one.
   */
  maxAccounts?: number
  /**
   * The most used DPoP proofs. Default: 100 000. A full store refuses the next one with 503: a forgotten proof could be
   * replayed.
   */
  maxDpopProofs?: number
  /**
   * The most refresh tokens, used ones included. Default: 100 000, some 60 MB. A full store forgets the oldest token. If that
   * token is unused, its owner signs in again. If it was used, its reuse is refused, but does not end its family.
   */
  maxRefreshTokens?: number
  /**
   * The most revocations. Default: 100 000. A full store refuses the next one with 503: if it forgot one, a revoked token would
   * work again.
   */
  maxRevocations?: number
  /** The most sessions. Default: 100 000. A full store forgets the oldest session: its owner signs in again. */
  maxSessions?: number
  /** The most signing keys. Default: 100. A full store refuses the next one with 503. */
  maxSigningKeys?: number
  /**
   * The most keys of the throttle. Default: 100 000. A full store forgets the oldest count. If it refused instead, one client
   * could lock out all users.
   */
  maxThrottleKeys?: number
  /**
   * The most tokens of providers. Default: 100 000. A full store forgets the oldest tokens: their owner logs in at the provider
   * again.
   */
  maxUpstreamTokens?: number
  /** The clock of the store in milliseconds since the epoch. Default: `Date.now`. */
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
