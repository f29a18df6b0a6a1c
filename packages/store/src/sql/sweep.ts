import { isNear } from '../clock.ts'
import type { SqlDatabase } from './database.ts'

const MILLISECONDS_BETWEEN_SWEEPS = 10_000
/** How long what has expired is kept, in seconds: a caller that does not know the store's time yet goes by its own. */
const CLOCK_TOLERANCE = 60

/** How many rows go at once: a store that was not swept for long must not stand still over it. */
export const MOST_AT_ONCE = 1_000

/**
 * Calls `forget` before a write, now and then, with the time up to which what has expired may go, by the clock of the
 * database. It gives the number of rows that went: as long as there are more, the next write goes on. Nothing goes while the
 * clock of this process differs from the database's by more than a minute: one of them is wrong.
 */
export function sqlSweeper(
  { clock, now }: SqlDatabase,
  forget: (until: number) => Promise<number>
): () => Promise<void> {
  let nextSweep = Number.NEGATIVE_INFINITY
  return async () => {
    const start = performance.now()
    if (start < nextSweep) return
    nextSweep = start + MILLISECONDS_BETWEEN_SWEEPS
    await clock.read()
    if (!isNear(clock, now)) return
    if ((await forget(Math.floor(clock.now() / 1000) - CLOCK_TOLERANCE)) >= MOST_AT_ONCE) nextSweep = start
  }
}
