/** A signing key that several processes share. */
export interface StoredSigningKey {
  readonly kid: string
  /** The key as text: a private JWK, encrypted or not. Opaque to the store. */
  readonly key: string
  /**
   * When the key begins to sign, in seconds since the epoch. Before that it is only published, so that verifiers can load it.
   */
  readonly activeFrom: number
  /** When every token that it signed has expired, in seconds since the epoch. */
  readonly expiresAt: number
}

/** The keys that all processes share. */
export interface SigningKeyRing {
  /** The number of keys that were ever added. Grows by one with every key, and never falls. */
  readonly generation: number
  /** The keys in the order in which they were added. */
  readonly keys: readonly StoredSigningKey[]
}

/**
 * Stores one ring of signing keys for all processes. Adapters that cannot reach their database reject with an error whose
 * `statusCode` is 503.
 *
 * - **Missing.** A new store has a ring without keys, of generation 0.
 * - **Expired.** The store does not decide which key signs and which is published: callers compare the times with
 *   `Store.clock`. `removeExpired` removes a key if the given time is not before the key's `expiresAt`. A bounded adapter that
 *   is full refuses new keys.
 * - **Concurrent.** `add` is one compare-and-swap on the generation. If several processes read the same ring and each made the
 *   next key, one gets `true`. The others list the ring again, and find that key in it.
 *
 * `testSigningKeyStore` of `@latchkey/store/testing` tests an adapter against this contract.
 */
export interface SigningKeyStore {
  /** The current ring. Its keys and its generation belong together. */
  list(): Promise<SigningKeyRing>

  /**
   * Adds a key to the ring that the caller listed. `false`, without a change, when the ring has another generation now.
   * Rejects, without a change, when the ring has a key with this `kid`.
   *
   * @param generation - the generation of the ring that the caller listed
   */
  add(key: StoredSigningKey, generation: number): Promise<boolean>

  /**
   * Removes every key whose `expiresAt` is not after a time. The generation does not change.
   *
   * @param time - in seconds since the epoch
   */
  removeExpired(time: number): Promise<void>
}
