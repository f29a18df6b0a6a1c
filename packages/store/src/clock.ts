/**
 * The time of a store, which all its processes use: the database's time, if there is a database. The clocks of two hosts may
 * differ by days, and one process compares the times that another process wrote.
 *
 * - **Missing.** Until the database's time was read once, `now` returns the time of this process.
 * - **Concurrent.** Between processes with the same database, the times differ by at most half the duration of a query.
 */
export interface StoreClock {
  /** The store's time in milliseconds since the epoch. Never waits. */
  now(): number

  /**
   * Reads the time of the database. Rejects with an error whose `statusCode` is 503 when the database does not answer; `now`
   * then continues from the last reading. Does nothing if the store uses the time of the process.
   */
  read(): Promise<void>
}

/**
 * How long expired entries are kept, in seconds. Callers that have not read the store's time yet use their own clock, and the
 * clocks of several machines differ.
 */
export const CLOCK_TOLERANCE = 60

/** The largest clock difference at which a process still deletes and rotates, in milliseconds. */
const MOST_APART = 60_000

/** Whether the clocks of this process and of the store are close enough to delete expired data. */
export function isNear(clock: StoreClock, now: () => number): boolean {
  // Also false when one of them returns NaN.
  return Math.abs(now() - clock.now()) <= MOST_APART
}
