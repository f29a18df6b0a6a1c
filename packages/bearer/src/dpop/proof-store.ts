/**
 * Stores used proofs, so that no proof is used twice. `store.dpopReplay` of `@latchkey/store` is one: its contract,
 * `DpopReplayStore`, describes the behaviour for keys that are stored, expired, or stored by several calls at once.
 */
export interface ProofStore {
  /**
   * Stores a key until `expiresAt`, in seconds since the epoch. Returns `true` for one call with a key, and `false` for the
   * others.
   */
  remember(key: string, expiresAt: number): Promise<boolean>
  /** The number of keys that there is room for now. Only a store with a limit has this method. */
  room?(): number
}
