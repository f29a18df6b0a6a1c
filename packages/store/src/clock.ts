/**
 * The time that all processes which share a store go by: the database's, where there is one. The clocks of two hosts may
 * differ by days, and what one process writes another one compares.
 *
 * - **Missing.** Until the database's time was read once, `now` gives the time of this process.
 * - **Concurrent.** Processes that share a database agree within half of what a question to it takes.
 */
export interface StoreClock {
  /** The store's time in milliseconds since the epoch. Never waits. */
  now(): number

  /**
   * Asks the database for its time. Rejects with an error whose `statusCode` is 503 when it does not answer; `now` then goes
   * on from the last answer. Does nothing where the store's time is that of the process.
   */
  read(): Promise<void>
}

/** By how much clocks may differ before a process deletes and rotates nothing any more, in milliseconds. */
const MOST_APART = 60_000

/** Whether the clock of this process and that of the store are close enough to call something old and delete it. */
export function isNear(clock: StoreClock, now: () => number): boolean {
  // Also false where one of them gives no number.
  return Math.abs(now() - clock.now()) <= MOST_APART
}
