/** The time of a hit, and the length of its window. */
export interface ThrottleWindow {
  /** The length of the window, in seconds. It begins with its first hit. */
  readonly window: number
  /** The caller's time, in seconds since the epoch. */
  readonly now: number
}

/** The count of a key. */
export interface ThrottleCount {
  /** Hits in the current window. */
  readonly count: number
  /** When the current window ends and counting starts again, in seconds since the epoch. */
  readonly resetsAt: number
}

/** The most hits of a key in a window. */
export interface ThrottleLimit {
  /** Two limits of one reservation have different keys. */
  readonly key: string
  /** The most hits of a window, the reserved one included: at least 1. Default: no limit. */
  readonly most?: number
  /** A lower limit that holds while another key of the same reservation has many hits. */
  readonly tight?: TightThrottleLimit
}

/** A limit that holds while another key has many hits. */
export interface TightThrottleLimit {
  /** The most hits of a window while the limit holds: at least 1. */
  readonly most: number
  /** The other key. It is a key of the same reservation. */
  readonly key: string
  /** The number of hits of the other key from which the limit holds. */
  readonly hits: number
}

/** The outcome of a reservation. */
export interface ThrottleReservation {
  /** Whether each limit had room. If not, nothing was counted. */
  readonly reserved: boolean
  /** The counts in the order of the limits, the reserved hit included. A key without a window has 0. */
  readonly counts: readonly ThrottleCount[]
}

/** A hit that can be given back. */
export interface ThrottleHold {
  readonly key: string
  /** The end of the hit's window, as the reservation returned it. */
  readonly resetsAt: number
}

/**
 * Counts events that must not happen too often, such as failed logins of one user. A caller reserves a hit before it knows how
 * an attempt ends, and gives the hit back if the attempt does not count. So concurrent attempts cannot exceed a limit, at any
 * number of processes. Adapters that cannot reach their database reject with an error whose `statusCode` is 503.
 *
 * - **Missing.** The first hit of a key is 1.
 * - **All or nothing.** A reservation counts one hit of each key, if each limit has room for it. Otherwise it counts none.
 * - **Expired.** A window is over when the caller's `now` reaches its end, or when its last hit was given back. The next hit
 *   begins another window. An adapter may forget a window that is over. A window never ends later than `window` seconds after
 *   the `now` of the latest reservation, granted or not. So a clock that is set back locks no client out for longer.
 * - **Concurrent.** A reservation is one atomic step: of fifty at once with a limit of 10, ten are granted. If several
 *   reservations compete for the last hit of a key, all of them may be refused, but the limit is never exceeded.
 * - **Given back.** A hit is subtracted from the window in which it was counted. If that window is over or was reset, nothing
 *   happens. No count falls below 0.
 * - **Full.** A bounded adapter that is full forgets the oldest window. An attacker who fills it gets a few more attempts. If
 *   the adapter refused instead, the attacker could lock out all users.
 *
 * Callers hash names that must stay private before they use them as keys. Keys are compared byte for byte. `testThrottleStore`
 * of `@latchkey/store/testing` tests an adapter against this contract.
 */
export interface ThrottleStore {
  /** Counts one hit of each key, if all limits have room, and returns the counts. */
  reserve(limits: readonly ThrottleLimit[], at: ThrottleWindow): Promise<ThrottleReservation>

  /** Gives hits back, e.g. after a successful login. */
  release(holds: readonly ThrottleHold[]): Promise<void>

  /** The current count of a key. Does not count anything. `null` when the key has no window. */
  read(key: string, at: ThrottleWindow): Promise<ThrottleCount | null>

  /** Forgets the count of a key. An unknown key is not an error. */
  reset(key: string): Promise<void>
}
