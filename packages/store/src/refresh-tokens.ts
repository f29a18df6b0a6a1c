/**
 * What is remembered of a refresh token. The token itself is not: only a hash of it.
 */
export interface RefreshToken {
  /** The SHA-256 of the token, base64url: the key. */
  readonly hash: string
  /** All tokens that descend from one sign-in share it. */
  readonly familyId: string
  readonly clientId: string
  readonly subject: string
  /** The scopes that the family was granted; an access token may narrow them, nothing may widen them. */
  readonly scopes: readonly string[]
  /** The resources that the sign-in named (RFC 8707); an access token may name fewer. Empty when it named none. */
  readonly resources: readonly string[]
  /** When the subject signed in, in seconds since the epoch. */
  readonly authenticatedAt: number
  /** When this token stops working if it is not used (idle expiry), in seconds since the epoch. Never after `familyExpiresAt`. */
  readonly expiresAt: number
  /** When the whole family stops working whatever happens (absolute expiry), in seconds since the epoch. */
  readonly familyExpiresAt: number
}

/** A refresh token as the store has it: what was put in, and whether it was used. */
export interface StoredRefreshToken extends RefreshToken {
  /**
   * When it was exchanged for its successor, by the clock of the store, in seconds since the epoch; `null` while it is
   * unused.
   */
  readonly usedAt: number | null
  /**
   * The successor, encrypted so that only the holder of this token can read it; `null` while it is unused. It lets a
   * client whose answer got lost have the same successor again. Opaque to the store.
   */
  readonly sealedSuccessor: string | null
}

/** The exchange of a refresh token for its successor. */
export interface RefreshTokenRotation {
  /** The token that is used up. */
  readonly hash: string
  readonly sealedSuccessor: string
  /** The token that takes its place: of the same family, client and subject, with the same scopes, resources and family expiry. */
  readonly successor: RefreshToken
}

/**
 * Remembers refresh tokens. Every method resolves once its effect is durable and seen by every later call, from
 * whichever process. An adapter that cannot reach its database rejects with an error whose `statusCode` is 503: a token
 * that could not be looked up is not a token that is unknown.
 *
 * - **Missing.** A hash that was never stored, or no longer is, is `null` to `find` and `false` to `rotate`.
 * - **Expired.** The store does not judge expiry: its callers compare `expiresAt` with the time of
 *   `Store.clock`. It may forget a token any time after that token's `expiresAt`, used or not, and never before,
 *   unless the adapter is bounded and says what it forgets when it is full.
 * - **Used.** A used token stays until it expires, so that its reuse can be told from a guess. The time of its use is
 *   taken by the store in the step that stores it, not before that step has waited for anything.
 * - **Revoked.** The tokens of a revoked family are missing, used ones too, and stay missing.
 * - **Concurrent.** `rotate` is one compare-and-swap. Of any number of rotations of one token, in any number of
 *   processes, one is `true`. Against a revocation it comes wholly before or wholly after: no successor outlives the
 *   revocation of its family.
 *
 * Hashes, identifiers and subjects are compared byte for byte: no case folding, no trimming, no Unicode normalization.
 * `testRefreshTokenStore` of `@latchkey/store/testing` holds an adapter to all of this.
 *
 * @see [RFC 9700 §4.14](https://www.rfc-editor.org/rfc/rfc9700#section-4.14)
 */
export interface RefreshTokenStore {
  /** Stores the first token of a family, unused. Rejects when the hash is taken, and then changes nothing. */
  start(token: RefreshToken): Promise<void>

  /** The token with a hash, used or not, or `null`. What it gives is a copy: it does not change afterwards. */
  find(hash: string): Promise<StoredRefreshToken | null>

  /**
   * Marks a token used and stores its successor, both or neither. `false` when the token was used already or is missing
   * (so also when its family is revoked), and then nothing changed. Rejects when the successor's hash is taken, and then
   * nothing changed either.
   */
  rotate(rotation: RefreshTokenRotation): Promise<boolean>

  /** Revokes every token of a family. A family that is unknown, or revoked already, is no error. */
  revokeFamily(familyId: string): Promise<void>

  /** Revokes every family of a subject, whichever client has it. A subject without any is no error. */
  revokeSubject(subject: string): Promise<void>
}
