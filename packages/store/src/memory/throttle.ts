import type { ThrottleCount, ThrottleStore, ThrottleWindow } from '../throttle.ts'
import { makeRoom } from './room.ts'
import { sweeper } from '../sweeper.ts'

/** Counters in memory: at most `limit` windows, the oldest going first. */
export function memoryThrottle(limit: number, now: () => number): ThrottleStore {
  const windows = new Map<string, ThrottleCount>()
  const sweep = sweeper(now, 60, (time) => {
    for (const [key, { resetsAt }] of windows) if (resetsAt <= time) windows.delete(key)
  })

  return Object.freeze({
    async hit(key: string, { window, now }: ThrottleWindow) {
      sweep()
      const current = windows.get(key)
      const goesOn = current !== undefined && now < current.resetsAt
      if (!goesOn) {
        windows.delete(key)
        makeRoom(windows, limit)
      }
      const count = goesOn ? current.count + 1 : 1
      const resetsAt = Math.min(goesOn ? current.resetsAt : Infinity, now + window)
      const counted = Object.freeze({ count, resetsAt })
      windows.set(key, counted)
      return counted
    },

    async reset(key: string) {
      windows.delete(key)
    }
  })
}
