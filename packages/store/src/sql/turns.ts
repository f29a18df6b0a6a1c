import { inTime } from '../timeout.ts'

/** Waits for a turn, for at most the given number of milliseconds. Returns the function that ends the turn. */
export type TakeTurn = (timeout: number) => Promise<() => void>

/** Turns for a resource that one caller uses at a time, in the order of the requests. */
export function turns(): TakeTurn {
  let last: Promise<void> = Promise.resolve()
  return async (timeout) => {
    const before = last
    let end: (() => void) | undefined
    const turn = new Promise<void>((resolve) => (end = resolve))
    last = before.then(() => turn)
    try {
      await inTime(before, timeout)
      return () => end?.()
    } catch (error) {
      end?.()
      throw error
    }
  }
}
