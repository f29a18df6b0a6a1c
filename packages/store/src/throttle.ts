/** When something is counted, and for how long. */
export interface ThrottleWindow {
  /** The length of the window, in seconds. It begins with its first hit. */
  readonly window: number
  /** The caller's time, in seconds since the epoch. */
  readonly now: number
}

/** How often something happened. */
export interface ThrottleCount {
  /** Hits in the current window. */
  readonly count: number
  /** When the current window ends and counting starts again, in seconds since the epoch. */
  readonly resetsAt: number
}

/** How often something may happen in a window. */
export interface ThrottleLimit {
  /** Two limits of one reservation have different keys. */
  readonly key: string
  /** The most hits of a window, the reserved one included: at least 1. Default: no limit. */
  readonly most?: number
  /** A lower limit, for as long as another key of the same reservation has many hits. */
  readonly tight?: TightThrottleLimit
}

/** A limit that holds while another key has many hits. */
export interface TightThrottleLimit {
  /** The most hits of a window while the limit holds: at least 1. */
  readonly most: number
  /** The other key. It is a key of the same reservation. */
  readonly key: string
  /** From how many hits of the other key on the limit holds. */
  readonly hits: number
}

/** The outcome of a reservation. */
export interface ThrottleReservation {
  /** Whether each limit had room. If not, nothing was counted. */
  readonly reserved: boolean
  /** The counts in the order of the limits, with the reserved hit. A key without a window has 0. */
  readonly counts: readonly ThrottleCount[]
}

/** A hit that can be given back. */
export interface ThrottleHold {
  readonly key: string
  /** The end of its window, as the reservation gave it. */
  readonly resetsAt: number
}

/**
 * Counts what must not happen too often, such as failed logins of one user. A caller reserves a hit before it knows how an
 * attempt ends, and gives it back when the attempt was none that counts: so no number of attempts at once gets past a
 * limit, at however many processes. Adapters that cannot reach their database reject with an error whose `statusCode` is
 * 503.
 *
 * - **Missing.** The first hit of a key is 1.
 * - **All or nothing.** A reservation counts one hit of each key, if each limit has room for it. Otherwise it counts none.
 * - **Expired.** A window is over when the caller's `now` reaches its end; the next hit begins another. It is over, too,
 *   when its last hit was given back. What is over may be forgotten. A window never ends later than `window` seconds after
 *   the `now` of the latest reservation, granted or not, so a clock that is set back locks no client out for longer.
 * - **Concurrent.** A reservation is one atomic step: of fifty at once with a limit of 10, ten are granted. Where
 *   reservations race for the last hit of a key, all of them may be refused, but a limit is never passed.
 * - **Given back.** A hit is taken from the window that it was counted in. When that window is over or was reset, nothing
 *   happens. No count falls below 0.
 * - **Full.** A bounded adapter that is full forgets the oldest window: an attacker who fills it buys a few tries more,
 *   and refusing instead would let him lock everybody out.
 *
 * Keys are names that the caller may have to keep to itself: it hashes them. They are compared byte for byte.
 * `testThrottleStore` of `@latchkey/store/testing` holds an adapter to this.
 */
export interface ThrottleStore {
  /** Counts one hit of each key, if there is room for all of them, and gives the counts. */
  reserve(limits: readonly ThrottleLimit[], at: ThrottleWindow): Promise<ThrottleReservation>

  /** Gives hits back, as after a login that succeeded. */
  release(holds: readonly ThrottleHold[]): Promise<void>

  /** The current count of a key. Counts nothing. `null` when the key has no window. */
  read(key: string, at: ThrottleWindow): Promise<ThrottleCount | null>

  /** Forgets the count of a key. A key that is unknown is no error. */
  reset(key: string): Promise<void>
}
