/** The record of a refresh token. It contains a hash of the token, and not the token. */
export interface RefreshToken {
  /** The SHA-256 of the token in base64url. This is the key. */
  readonly hash: string
  /** The identifier of the family: all tokens that come from one sign-in. */
  readonly familyId: string
  readonly clientId: string
  readonly subject: string
  /** The scopes that were granted to the family. An access token may have fewer; no token may have more. */
  readonly scopes: readonly string[]
  /** The resources that the sign-in named (RFC 8707). An access token may name fewer. Empty when the sign-in named none. */
  readonly resources: readonly string[]
  /** When the subject signed in, in seconds since the epoch. */
  readonly authenticatedAt: number
  /** When this token expires if it is not used (idle expiry), in seconds since the epoch. Never after `familyExpiresAt`. */
  readonly expiresAt: number
  /** When the whole family expires in any case (absolute expiry), in seconds since the epoch. */
  readonly familyExpiresAt: number
}

/** A refresh token as it is stored: the record, and whether it was used. */
export interface StoredRefreshToken extends RefreshToken {
  /**
   * When the token was exchanged for its successor, by the clock of the store, in seconds since the epoch. `null` while it is
   * unused.
   */
  readonly usedAt: number | null
  /**
   * The successor, encrypted so that only the holder of this token can read it. `null` while the token is unused. With it, a
   * client that lost the answer gets the same successor again. Opaque to the store.
   */
  readonly sealedSuccessor: string | null
}

/** The exchange of a refresh token for its successor. */
export interface RefreshTokenRotation {
  /** The token that is exchanged. */
  readonly hash: string
  readonly sealedSuccessor: string
  /** The new token, with the same family, client, subject, scopes, resources and family expiry. */
  readonly successor: RefreshToken
}

/**
 * Stores refresh tokens. Every method resolves when its effect is durable, and visible to every later call of every process. An
 * adapter that cannot reach its database rejects with an error whose `statusCode` is 503: a failed look-up does not mean that a
 * token is unknown.
 *
 * - **Missing.** For a hash that was never stored, or is no longer stored, `find` returns `null` and `rotate` returns `false`.
 * - **Expired.** The store does not check expiry: callers compare `expiresAt` with the time of `Store.clock`. An adapter may
 *   forget a token any time after that token's `expiresAt`, used or not, and never before. A bounded adapter may forget tokens
 *   earlier, if it documents what it forgets when it is full.
 * - **Used.** A used token stays until it expires, so that its reuse differs from a guess. The store takes the time of the use
 *   in the step that stores it, and not before that step has waited for anything.
 * - **Revoked.** The tokens of a revoked family are missing, used ones too, and stay missing.
 * - **Concurrent.** `rotate` is one compare-and-swap. Of any number of rotations of one token, in any number of processes, one
 *   returns `true`. A rotation comes wholly before or wholly after a revocation: no successor outlives the revocation of its
 *   family.
 *
 * Hashes, identifiers and subjects are compared byte for byte: no case folding, no trimming, no Unicode normalization.
 * `testRefreshTokenStore` of `@latchkey/store/testing` tests an adapter against this contract.
 *
 * @see [RFC 9700 §4.14](https://www.rfc-editor.org/rfc/rfc9700#section-4.14)
 */
export interface RefreshTokenStore {
  /** Stores the first token of a family, unused. Rejects, without a change, when the hash is taken. */
  start(token: RefreshToken): Promise<void>

  /** The token with a hash, used or not, or `null`. Returns a copy that does not change afterwards. */
  find(hash: string): Promise<StoredRefreshToken | null>

  /**
   * Marks a token as used and stores its successor, both or neither. `false`, without a change, when the token was used before
   * or is missing, which includes a revoked family. Rejects, without a change, when the successor's hash is taken.
   */
  rotate(rotation: RefreshTokenRotation): Promise<boolean>

  /**
   * The families of a subject that are not revoked, each once, in no particular order. Expired families may be among them.
   */
  families(subject: string): Promise<readonly Pick<RefreshToken, 'familyId' | 'clientId'>[]>

  /** Revokes every token of a family. An unknown family, and one that was revoked before, is not an error. */
  revokeFamily(familyId: string): Promise<void>

  /** Revokes every family of a subject, at every client. A subject without families is not an error. */
  revokeSubject(subject: string): Promise<void>
}
