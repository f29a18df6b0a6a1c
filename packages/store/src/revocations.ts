/** A token, family or subject that was revoked before it expired. */
export interface Revocation {
  /**
   * The kind of `id`: one access token (its `jti`), a family of refresh tokens with all its access tokens, or all tokens that
   * were issued to a subject up to `revokedAt`.
   */
  readonly kind: 'token' | 'family' | 'subject'
  readonly id: string
  /**
   * When it was revoked, by the store's time, in seconds since the epoch. A value more than a minute ahead of that time is
   * stored as a minute ahead, so that a fast clock does not revoke future tokens.
   */
  readonly revokedAt: number
  /** When the last of the revoked tokens expires, in seconds since the epoch. */
  readonly expiresAt: number
}

/** A page of the feed, and the position of the next page. */
export interface RevocationPage {
  /** About a thousand at most. */
  readonly revocations: readonly Revocation[]
  /** Whether there may be more revocations already: call `since` again at once. */
  readonly more: boolean
  /** For the next call of `since`. Opaque: it has no meaning outside of the store that returned it. */
  readonly cursor: string
}

/**
 * Stores revocations, as a feed that every process follows. A process calls `since` about once a second and keeps the result in
 * memory. So it checks each request without asking the store. Adapters that cannot reach their database reject with an error
 * whose `statusCode` is 503.
 *
 * - **Missing.** The store has no method that checks one token: for a follower, a token is revoked only if the feed returned
 *   its revocation.
 * - **Expired.** An adapter may forget a revocation any time after its `expiresAt`, and never before. A follower that still has
 *   the revocation forgets it by the store's time. A bounded adapter that is full refuses new revocations: if it forgot an old
 *   one, a revoked token would work again.
 * - **Twice.** Revoking the same `kind` and `id` again is not an error. The feed returns it again, with the later `revokedAt`
 *   and the later `expiresAt` of both.
 * - **Concurrent.** Nothing is skipped. When `revoke` has resolved, the feed of every follower whose cursor does not cover the
 *   revocation contains it. This holds for any `revokedAt`, and for any number of concurrent calls and processes. The feed may
 *   return a revocation more than once.
 * - **Order.** The feed returns revocations in the order in which they took effect. Times are not compared.
 *
 * Identifiers are compared byte for byte. `testRevocationStore` of `@latchkey/store/testing` tests an adapter against this
 * contract.
 *
 * @see [RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)
 */
export interface RevocationStore {
  /** Adds a revocation to the feed. Resolves when every later `since` returns it. */
  revoke(revocation: Revocation): Promise<void>

  /**
   * The revocations after a cursor, or from the beginning of the stored feed with `null`. Returns only the first page if there
   * are many. Rejects when the cursor is not from this store.
   */
  since(cursor: string | null): Promise<RevocationPage>
}

/** The most revocations in a page of the feed. A larger page would block other work. */
export const PAGE_SIZE = 1_000

/** How far a revocation may be ahead of the store's time, in seconds. */
export const FARTHEST_AHEAD = 60

/**
 * The feed position of a cursor. `null` is the position before the first entry.
 *
 * @throws TypeError when the text is not a cursor
 */
export function positionOf(cursor: string | null): number {
  if (cursor === null) return 0
  if (!/^\d{1,16}$/.test(cursor)) throw new TypeError('The cursor is none that this store gave')
  return Number(cursor)
}
