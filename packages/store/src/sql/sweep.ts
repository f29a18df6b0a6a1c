import { isNear } from '../clock.ts'
import type { SqlDatabase } from './database.ts'

const MILLISECONDS_BETWEEN_SWEEPS = 10_000
/** How long expired rows are kept, in seconds. Callers that have not read the store's time yet use their own clock. */
const CLOCK_TOLERANCE = 60

/** The most rows that one sweep deletes, so that a large backlog does not block the store. */
export const MOST_AT_ONCE = 1_000

/**
 * Makes a function that is called before a write. From time to time it calls `forget`, with the time up to which expired rows
 * may be deleted, by the clock of the database. `forget` returns the number of deleted rows. While there are more, the next
 * write continues. Deletes nothing while the clock of this process differs from the database's by more than a minute, because
 * one of them is wrong.
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
