/** Something that was taken back before it expired by itself. */
export interface Revocation {
  /**
   * What `id` names: one access token (its `jti`), a family of refresh tokens with all access tokens that came of it,
   * or everything that a subject was issued up to `revokedAt`.
   */
  readonly kind: 'token' | 'family' | 'subject'
  readonly id: string
  /**
   * When it was taken back, by the store's time, in seconds since the epoch. What is more than a minute later than that time
   * is stored as a minute later: a clock that is ahead takes back nothing that is still to come.
   */
  readonly revokedAt: number
  /** When the last of what it takes back has expired by itself, in seconds since the epoch. */
  readonly expiresAt: number
}

/** A part of the feed, and where the next part begins. */
export interface RevocationPage {
  /** A thousand or so at most. */
  readonly revocations: readonly Revocation[]
  /** Whether there may be more already: ask again at once. */
  readonly more: boolean
  /** For the next call of `since`. Opaque: it says nothing outside of the store that gave it. */
  readonly cursor: string
}

/**
 * Remembers what was revoked, as a feed that every process follows: it asks `since` once a second or so, keeps what it
 * gets in memory, and so judges each request without asking a store. Adapters that cannot reach their database reject
 * with an error whose `statusCode` is 503.
 *
 * - **Missing.** Whether something is revoked cannot be asked of the store: what a follower has not been given by the
 *   feed is not revoked.
 * - **Expired.** A revocation may be forgotten any time after its `expiresAt`, and never before. A follower that has it
 *   still forgets it by the store's time. A bounded adapter that is full refuses new revocations: forgetting an old one
 *   would make a revoked token good again.
 * - **Twice.** Revoking the same `kind` and `id` again is no error. The feed gives it again, with the later `revokedAt`
 *   and the later `expiresAt` of both.
 * - **Concurrent.** Nothing is skipped: a revocation whose `revoke` has resolved is in the feed of every follower whose
 *   cursor it was not covered by, whatever its `revokedAt`, however many revoke at once, from however many processes.
 *   It may be given more than once.
 * - **Order.** Parts of the feed come in the order in which revocations took effect. Times are not compared.
 *
 * Identifiers are compared byte for byte. `testRevocationStore` of `@latchkey/store/testing` holds an adapter to this.
 *
 * @see [RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)
 */
export interface RevocationStore {
  /** Adds a revocation to the feed. Resolves once every later `since` gives it. */
  revoke(revocation: Revocation): Promise<void>

  /**
   * What was revoked after a cursor, or with `null` from the beginning of what is kept: the first part of it, if that is
   * much. Rejects when the cursor is none of this store's.
   */
  since(cursor: string | null): Promise<RevocationPage>
}
