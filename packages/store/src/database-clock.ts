import type { StoreClock } from './clock.ts'

const READ_EVERY = 30_000
const LEAST_BETWEEN_READINGS = 1_000
/** A slower answer is less precise than the last reading, so the last reading stays in use, in milliseconds. */
const LONGEST_ANSWER = 2_000
/**
 * How far this process's clock may move against its timers before the store's clock is read again, in milliseconds. A larger
 * movement means that the clock was set, or the machine slept.
 */
const JUMP = 1_000

interface Reading {
  /** The time of the database, and that of this process, in milliseconds since the epoch. */
  readonly time: number
  readonly own: number
  /** When the times were read, by `performance.now()`, which is never set back. */
  readonly at: number
}

/**
 * Makes the clock of a database, for authors of adapters. Between readings it follows the timers of this process, which are
 * never set back. While it is used, it reads the database's time again at intervals.
 *
 * @param ask - returns the database's time in milliseconds
 * @param own - the clock of this process
 * @example
 * ```ts
 * const clock = databaseClock(async () => Number(await client.time()), Date.now)
 * ```
 */
export function databaseClock(ask: () => Promise<number>, own: () => number): StoreClock {
  let last: Reading | undefined
  let begunAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  return Object.freeze({
    now() {
      if (isDue()) void read().catch(() => {}) // a caller that needs the error calls read()
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
    // The time was taken between question and answer: the middle is wrong by half of that interval at most.
    last = { time: time + (end - begunAt) / 2, own: own(), at: end }
  }
}
