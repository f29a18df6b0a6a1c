/** The content of a cookie: plain JSON. */
export type SessionContent = Readonly<Record<string, unknown>>

/** The opened content of a cookie, and the age of its key. */
export interface UnsealedSession {
  readonly content: unknown
  /** Whether an older key than the newest one sealed it. */
  readonly isStale: boolean
}

/** Seals and opens the content of cookies with a fixed list of keys. */
export interface SessionSealer {
  /**
   * Returns the text for a cookie, sealed with the newest key. It contains only letters, digits, `-`, `_` and `.`. If the last
   * 32 characters of two cookies are equal, they displace each other in the cache and are opened again for each request.
   */
  seal(content: SessionContent): string | Promise<string>
  /** Returns the content that one of the keys sealed; `null` for any other text. Never throws. */
  unseal(text: string): UnsealedSession | null | Promise<UnsealedSession | null>
  /** Called once when the server is ready, to load in the background what the first cookie needs. Never rejects. Default: none. */
  prepare?(): Promise<void>
}

/**
 * A way to seal cookies: {@link secureSessionCodec}, {@link jweCodec} or your own. A codec encrypts and authenticates. Does not
 * check the content or its age.
 */
export interface SessionCodec {
  /**
   * Called once, when the plugin is registered.
   *
   * @param keys - 32 bytes each, used for nothing else, the newest first
   */
  open(keys: readonly Uint8Array[]): SessionSealer | Promise<SessionSealer>
}
