import type { SqlDatabase } from './database.ts'

const SECONDS_BETWEEN_SWEEPS = 10
/** By how much the clocks of several machines may differ, in seconds. */
const CLOCK_TOLERANCE = 60

/** How many rows go at once: a store that was not swept for long must not stand still over it. */
export const MOST_AT_ONCE = 1_000

/**
 * Calls `forget` before a write, now and then, with the time up to which what has expired may go. It gives the number of
 * rows that went: as long as there are more, the next write goes on.
 */
export function sqlSweeper({ now }: SqlDatabase, forget: (until: number) => Promise<number>): () => Promise<void> {
  let nextSweep = 0
  return async () => {
    const time = Math.floor(now() / 1000)
    if (time < nextSweep) return
    nextSweep = time + SECONDS_BETWEEN_SWEEPS
    if ((await forget(time - CLOCK_TOLERANCE)) >= MOST_AT_ONCE) nextSweep = time
  }
}
