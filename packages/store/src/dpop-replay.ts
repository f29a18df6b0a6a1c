/**
 * Stores used DPoP proofs, so that no proof is used twice. An adapter that cannot reach its database rejects with an error
 * whose `statusCode` is 503: a failed look-up does not mean that a proof is new.
 *
 * - **Missing.** A key that was not stored is new.
 * - **Expired.** An adapter may forget a key any time after its `expiresAt`, and never before: callers refuse an older proof by
 *   their own clock. A bounded adapter that is full refuses new keys: a forgotten proof could be replayed.
 * - **Forgotten.** After `forget`, a key is new again, for one call.
 * - **Concurrent.** Of any number of calls with one key, at once or one after the other, one returns `true`.
 *
 * Keys are compared byte for byte. `testDpopReplayStore` of `@latchkey/store/testing` tests an adapter against this contract.
 *
 * @see [RFC 9449 §11.1](https://www.rfc-editor.org/rfc/rfc9449#section-11.1)
 */
export interface DpopReplayStore {
  /**
   * Stores a key. Returns `true` when the key is new, and `false` when it was stored before.
   *
   * @param key - the hash of the values that make a proof unique
   * @param expiresAt - when the proof becomes too old to be used, in seconds since the epoch
   */
  remember(key: string, expiresAt: number): Promise<boolean>
  /**
   * Forgets a key. For a caller whose work failed after it stored the key, so that the same proof may be sent again. An unknown
   * key is not an error.
   */
  forget(key: string): Promise<void>
  /**
   * The number of keys that there is room for now. Only bounded adapters have this method: callers use it to stop one client
   * from filling the store.
   */
  room?(): number
}
