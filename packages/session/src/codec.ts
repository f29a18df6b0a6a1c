/** What a cookie holds: plain JSON. */
export type SessionContent = Readonly<Record<string, unknown>>

/** What was sealed, and how. */
export interface UnsealedSession {
  readonly content: unknown
  /** Whether an older key than the newest sealed it. */
  readonly isStale: boolean
}

/** Seals and opens the content of cookies with the keys that it was made for. */
export interface SessionSealer {
  /**
   * The text for a cookie, sealed with the newest key: letters, digits, `-`, `_` and `.` only. Cookies whose last 32
   * characters are those of another are opened anew with each request.
   */
  seal(content: SessionContent): string | Promise<string>
  /** What was sealed with any of the keys; `null` for every other text, whatever is in it. Never throws. */
  unseal(text: string): UnsealedSession | null | Promise<UnsealedSession | null>
}

/**
 * A way to seal cookies: {@link secureSessionCodec}, {@link jweCodec} or another. It encrypts and authenticates. Does not
 * judge the content, nor how old it is.
 */
export interface SessionCodec {
  /**
   * Called once, when the plugin is registered.
   *
   * @param keys - each of 32 bytes and for this purpose alone, the newest first
   */
  open(keys: readonly Uint8Array[]): SessionSealer | Promise<SessionSealer>
}
