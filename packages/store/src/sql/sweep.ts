import { sweeper } from '../sweeper.ts'
import type { SqlDatabase } from './database.ts'

const SECONDS_BETWEEN_SWEEPS = 10
/** By how much the clocks of several machines may differ, in seconds. */
const CLOCK_TOLERANCE = 60

/** How many rows go at once: a store that was not swept for long must not stand still over it. */
export const MOST_AT_ONCE = 1_000

/** Calls `forget` before a write, now and then, with the time up to which what has expired may go. */
export function sqlSweeper(
  { now }: SqlDatabase,
  forget: (until: number) => Promise<unknown>
): () => Promise<unknown> | undefined {
  return sweeper(now, SECONDS_BETWEEN_SWEEPS, (time) => forget(time - CLOCK_TOLERANCE))
}
