/** The account and the provider of some tokens. */
export interface UpstreamTokenOwner {
  readonly accountId: string
  /** The provider's name in this application, such as `google`. */
  readonly provider: string
}

/** The tokens of a provider as they are stored. */
export interface StoredUpstreamToken {
  /** The tokens, encrypted. Opaque to the store. */
  readonly sealed: string
  /** Identifies this state. Opaque. Never repeats, even after the tokens were removed and stored again. */
  readonly version: string
}

/**
 * Stores tokens that providers issued, as one encrypted text for each account and provider. Adapters never get a plain token:
 * see `sealedUpstreamTokens()` of `@latchkey/login`. Every method resolves when its effect is durable, and visible to every later call. An
 * adapter that cannot reach its database rejects with an error whose `statusCode` is 503.
 *
 * - **Missing.** `find` returns `null` and `replace` returns `false`.
 * - **Expired.** Tokens do not expire in the store: they stay until they are replaced or removed. A bounded adapter that is
 *   full forgets the oldest tokens; their owner logs in at the provider again.
 * - **Concurrent.** `replace` is one compare-and-swap on the version. If several processes refresh the same tokens, one gets
 *   `true`, and none overwrites the tokens of a login that came meanwhile.
 *
 * Account identifiers and providers are compared byte for byte. `testUpstreamTokenStore` of `@latchkey/store/testing` tests an
 * adapter against this contract.
 */
export interface UpstreamTokenStore {
  /** The stored tokens of an owner, or `null`. */
  find(owner: UpstreamTokenOwner): Promise<StoredUpstreamToken | null>

  /** Stores the tokens of a login. Replaces earlier tokens. */
  put(owner: UpstreamTokenOwner, sealed: string): Promise<void>

  /**
   * Stores refreshed tokens, if the stored tokens are still those that the caller found. Otherwise returns `false`, without a
   * change.
   *
   * @param version - the version of the tokens that the caller found
   */
  replace(owner: UpstreamTokenOwner, sealed: string, version: string): Promise<boolean>

  /** Removes the tokens of an owner. It is not an error if there are none. */
  remove(owner: UpstreamTokenOwner): Promise<void>

  /** Removes the tokens of an account at every provider. It is not an error if there are none. */
  removeAll(accountId: string): Promise<void>
}
