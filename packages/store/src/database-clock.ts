import type { StoreClock } from './clock.ts'

const READ_EVERY = 30_000
const LEAST_BETWEEN_READINGS = 1_000
/** An answer that took longer says the time less precisely than the last one, which goes on. */
const LONGEST_ANSWER = 2_000
/** How far the clock of this process may move against its timers before the store's is read again: it was set, or slept. */
const JUMP = 1_000

interface Reading {
  /** The database's time, and this process's, in milliseconds since the epoch. */
  readonly time: number
  readonly own: number
  /** When that was, by a clock that is never set. */
  readonly at: number
}

/**
 * The clock of a database, for authors of adapters. Between readings it goes by the timers of this process, which are never
 * set back. It is read again while it is used.
 *
 * @param ask - gives the database's time in milliseconds
 * @param own - the clock of this process
 *
 * @example
 * const clock = databaseClock(async () => Number(await client.time()), Date.now)
 */
export function databaseClock(ask: () => Promise<number>, own: () => number): StoreClock {
  let last: Reading | undefined
  let begunAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  return Object.freeze({
    now() {
      if (isDue()) void read().catch(() => {}) // who needs to know calls read()
      return last === undefined ? own() : last.time + performance.now() - last.at
    },
    read
  })

  function isDue(): boolean {
    const at = performance.now()
    if (at < begunAt + LEAST_BETWEEN_READINGS) return false
    if (last === undefined || at > last.at + READ_EVERY) return true
    return Math.abs(own() - last.own - (at - last.at)) > JUMP
  }

  function read(): Promise<void> {
    reading ??= readOnce().finally(() => {
      reading = undefined
    })
    return reading
  }

  async function readOnce(): Promise<void> {
    begunAt = performance.now()
    const time = await ask()
    const end = performance.now()
    if (last !== undefined && end - begunAt > LONGEST_ANSWER) return
    // Somewhere between question and answer: the middle is never further off than half of it.
    last = { time: time + (end - begunAt) / 2, own: own(), at: end }
  }
}
