import { inTime } from '../timeout.ts'

/**
 * Waits for a turn, for at most the given number of milliseconds. Returns the function that ends the turn. An `alone` turn
 * overlaps with no other turn. `shared` turns overlap with each other.
 */
export type TakeTurn = (kind: 'alone' | 'shared', timeout: number) => Promise<() => void>

/** Turns for a resource, in the order of the requests. */
export function turns(): TakeTurn {
  let lastAlone: Promise<unknown> = Promise.resolve()
  let all: Promise<unknown> = lastAlone
  return async (kind, timeout) => {
    const before = kind === 'alone' ? all : lastAlone
    let end: (() => void) | undefined
    const turn = new Promise<void>((resolve) => (end = resolve))
    const ended = before.then(() => turn)
    all = Promise.all([all, ended])
    if (kind === 'alone') lastAlone = ended
    try {
      await inTime(before, timeout)
      return () => end?.()
    } catch (error) {
      end?.()
      throw error
    }
  }
}
