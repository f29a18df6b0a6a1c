/** The limit of a {@link memoryStore}, and its clock. */
export interface MemoryStoreOptions {
  /**
   * The most entries of each kind: accounts, identities, DPoP proofs, refresh tokens (used ones included), revocations,
   * sessions, signing keys, throttle counts and tokens of providers. Default: 100 000, which is some 60 MB of refresh tokens.
   *
   * - A full store refuses the next account, identity, DPoP proof, revocation and signing key with 503. It would be unsafe to
   *   forget one: the owner of a forgotten account would get another one, a forgotten proof could be replayed, and after a
   *   forgotten revocation the token would work again.
   * - It forgets the oldest session, refresh token and tokens of a provider: their owner signs in again. The reuse of a forgotten
   *   refresh token is refused, but does not end its family.
   * - It forgets the oldest throttle count. If it refused instead, one client could lock out all users.
   */
  maxEntries?: number
  /** The clock of the store in milliseconds since the epoch. Default: `Date.now`. */
  now?: () => number
}

const CHECKS = new Map<string, [holds: (value: unknown) => boolean, fix: string]>([
  ['maxEntries', [(value) => Number.isInteger(value) && Number(value) >= 1, 'must be a whole number from 1']],
  ['now', [(value) => typeof value === 'function', 'must be a function']]
])

/** The options with their defaults. */
export function checkMemoryOptions(options: MemoryStoreOptions): Required<MemoryStoreOptions> {
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    const check = CHECKS.get(name)
    if (check === undefined) {
      throw new TypeError(
        `memoryStore: option "${name}" does not exist: the options are ${[...CHECKS.keys()].join(', ')}`
      )
    }
    const [holds, fix] = check
    if (value !== undefined && !holds(value)) throw new TypeError(`memoryStore: option "${name}" ${fix}`)
  }
  const { maxEntries = 100_000, now = Date.now } = options
  return { maxEntries, now }
}
