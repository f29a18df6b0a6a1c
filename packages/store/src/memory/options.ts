import { checkOptions, clock, integer, members, optional } from '@latchkey/options'

/** The limit of a {@link memoryStore}, and its clock. */
export interface MemoryStoreOptions {
  /**
   * The most entries of each kind: accounts, identities, DPoP proofs, records of one `kind`, refresh tokens (used ones
   * included), revocations, sessions, signing keys, throttle counts and tokens of providers. Default: 100 000, which is some
   * 60 MB of refresh tokens.
   *
   * - A full store refuses the next account, identity, DPoP proof, record, revocation and signing key with 503. It would be
   *   unsafe to forget one: the owner of a forgotten account would get another one, a forgotten proof could be replayed, a
   *   used code could be used again, and after a forgotten revocation the token would work again.
   * - It forgets the oldest session, refresh token and tokens of a provider: their owner signs in again. The reuse of a forgotten
   *   refresh token is refused, but does not end its family.
   * - It forgets the oldest throttle count. If it refused instead, one client could lock out all users.
   */
  maxEntries?: number
  /** The clock of the store in milliseconds since the epoch. Default: `Date.now`. */
  now?: () => number
}

const schema = members({
  maxEntries: optional(integer(1, Number.POSITIVE_INFINITY, 'entries'), 100_000),
  now: clock
})

/**
 * Checks the options and adds the defaults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: MemoryStoreOptions): Required<MemoryStoreOptions> {
  return checkOptions('memoryStore()', schema, given)
}
