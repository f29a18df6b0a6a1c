/** Whose tokens, and from which provider. */
export interface UpstreamTokenOwner {
  readonly accountId: string
  /** The provider's name here, such as `google`. */
  readonly provider: string
}

/** A provider's tokens as they are stored. */
export interface StoredUpstreamToken {
  /** The tokens, encrypted. Opaque to the store. */
  readonly sealed: string
  /** Names this state. Opaque, and never the same again, whatever was removed and stored since. */
  readonly version: string
}

/**
 * Keeps the tokens that providers issued, one sealed text for each account and provider. Adapters never see a token: see
 * {@link sealedUpstreamTokens}. Every method resolves once its effect is durable and seen by every later call. An adapter
 * that cannot reach its database rejects with an error whose `statusCode` is 503.
 *
 * - **Missing.** `null` to `find` and `false` to `replace`.
 * - **Expired.** The store knows no expiry: tokens stay until they are replaced or removed. A bounded adapter that is full
 *   forgets the oldest, whose owner goes through the provider's login again.
 * - **Concurrent.** `replace` is one compare-and-swap on the version: of any number of refreshers that saw the same
 *   tokens, one is `true`, and none overwrites what a login has put meanwhile.
 *
 * Account identifiers and providers are compared byte for byte. `testUpstreamTokenStore` of `@latchkey/store/testing`
 * holds an adapter to this.
 */
export interface UpstreamTokenStore {
  /** What is stored for an owner, or `null`. */
  find(owner: UpstreamTokenOwner): Promise<StoredUpstreamToken | null>

  /** Stores the tokens of a login, instead of what there was. */
  put(owner: UpstreamTokenOwner, sealed: string): Promise<void>

  /**
   * Stores refreshed tokens, if there is still what the caller found. `false` when there is not, and then nothing changed.
   *
   * @param version - that of what the caller found
   */
  replace(owner: UpstreamTokenOwner, sealed: string, version: string): Promise<boolean>

  /** Forgets the tokens of an owner. None is no error. */
  remove(owner: UpstreamTokenOwner): Promise<void>
}
