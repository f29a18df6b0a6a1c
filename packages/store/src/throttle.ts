/** When something is counted, and for how long. */
export interface ThrottleWindow {
  /** The length of the window, in seconds. It begins with its first hit. */
  readonly window: number
  /** The caller's time, in seconds since the epoch. */
  readonly now: number
}

/** How often something happened. */
export interface ThrottleCount {
  /** Hits in the current window, this one included: at least 1. */
  readonly count: number
  /** When the current window ends and counting starts again, in seconds since the epoch. */
  readonly resetsAt: number
}

/**
 * Counts what must not happen too often, such as failed logins of one user. It only counts: what is too often its callers
 * judge. Adapters that cannot reach their database reject with an error whose `statusCode` is 503.
 *
 * - **Missing.** The first hit of a key is 1.
 * - **Expired.** A window is over when the caller's `now` reaches its end; the next hit begins another. What is over may
 *   be forgotten. A window never ends later than `window` seconds after the latest hit's `now`, so a clock that is set
 *   back locks nobody out for longer.
 * - **Concurrent.** A hit is one atomic step: of fifty at once in an empty window, each gets another count from 1 to 50.
 * - **Full.** A bounded adapter that is full forgets the oldest window: whoever fills it buys a few tries more, and
 *   refusing instead would let him lock everybody out.
 *
 * Keys are names that the caller may have to keep to itself: it hashes them. They are compared byte for byte.
 * `testThrottleStore` of `@latchkey/store/testing` holds an adapter to this.
 */
export interface ThrottleStore {
  /** Counts one more, and gives the count. */
  hit(key: string, at: ThrottleWindow): Promise<ThrottleCount>

  /** Forgets what was counted, as after a login that succeeded. A key that is unknown is no error. */
  reset(key: string): Promise<void>
}
