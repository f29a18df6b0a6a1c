/** A signing key that several processes share. */
export interface StoredSigningKey {
  readonly kid: string
  /** The key, as text: a private JWK, encrypted or not. Opaque to the store. */
  readonly key: string
  /** From when it signs, in seconds since the epoch. Until then it is only published, so that verifiers know it. */
  readonly activeFrom: number
  /** When nothing that it signed is valid any more, in seconds since the epoch. */
  readonly expiresAt: number
}

/** The keys that all processes agree on. */
export interface SigningKeyRing {
  /** How many keys were ever added. Grows by one with every key, and never falls. */
  readonly generation: number
  /** In the order in which they were added. */
  readonly keys: readonly StoredSigningKey[]
}

/**
 * Keeps one ring of signing keys for all processes. Adapters that cannot reach their database reject with an error whose
 * `statusCode` is 503.
 *
 * - **Missing.** A store that is new has a ring without keys, of generation 0.
 * - **Expired.** The store judges nothing: which key signs, and which is published, its callers see by the time of
 *   `Store.clock`.
 *   A key goes when `removeExpired` is told a time that is not before its `expiresAt`. A bounded adapter that is full
 *   refuses new keys.
 * - **Concurrent.** `add` is one compare-and-swap on the generation: of any number of processes that saw the same ring
 *   and each made the next key, one is `true`. The others list the ring again, and find that key in it.
 *
 * `testSigningKeyStore` of `@latchkey/store/testing` holds an adapter to this.
 */
export interface SigningKeyStore {
  /** The ring as it is now: its keys and its generation belong together. */
  list(): Promise<SigningKeyRing>

  /**
   * Adds a key to the ring that the caller saw. `false` when the ring is of another generation by now, and then nothing
   * changed. Rejects when a key with this `kid` is in the ring, and then nothing changed either.
   *
   * @param generation - that of the ring that the caller listed
   */
  add(key: StoredSigningKey, generation: number): Promise<boolean>

  /**
   * Removes every key whose `expiresAt` is not after a time. The generation stays.
   *
   * @param time - in seconds since the epoch
   */
  removeExpired(time: number): Promise<void>
}
