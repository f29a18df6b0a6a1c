/**
 * Remembers which DPoP proofs were used, so that none is used twice. An adapter that cannot reach its database rejects with
 * an error whose `statusCode` is 503: a proof that could not be looked up must not be taken for a new one.
 *
 * - **Missing.** A key that was not remembered is new.
 * - **Expired.** A key may be forgotten any time after its `expiresAt`, and never before: its callers refuse by their own
 *   clock a proof that is as old as that. A bounded adapter that is full refuses: forgetting would let a proof be replayed.
 * - **Taken back.** A key that was forgotten is new again, for one call.
 * - **Concurrent.** Of any number of calls with one key, at once or one after the other, one is `true`.
 *
 * Keys are compared byte for byte. `testDpopReplayStore` of `@latchkey/store/testing` holds an adapter to this.
 *
 * @see [RFC 9449 §11.1](https://www.rfc-editor.org/rfc/rfc9449#section-11.1)
 */
export interface DpopReplayStore {
  /**
   * `true` when a key is new, and it is remembered then; `false` when it was remembered before.
   *
   * @param key - the hash of whatever makes a proof unique
   * @param expiresAt - when the proof is too old to be used, in seconds since the epoch
   */
  remember(key: string, expiresAt: number): Promise<boolean>
  /**
   * Forgets a key, for a caller whose work failed after it remembered the key: the same may come again. A key that is not
   * there is no error.
   */
  forget(key: string): Promise<void>
  /**
   * How many more keys there is room for now. A bounded adapter has this, so that its callers can keep one client from
   * filling it; others leave it out.
   */
  room?(): number
}
