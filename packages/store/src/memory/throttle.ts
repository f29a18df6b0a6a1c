import { countAt, fullThrottleLimit } from '../throttle-limit.ts'
import type { ThrottleCount, ThrottleHold, ThrottleLimit, ThrottleStore, ThrottleWindow } from '../throttle.ts'
import { forget, makeRoom, sweeper } from './eviction.ts'

/** Counters in memory: at most `limit` windows. A full store forgets the oldest. */
export function memoryThrottle(limit: number, now: () => number): ThrottleStore {
  const windows = new Map<string, ThrottleCount>()
  const sweep = sweeper(now, (time) => forget(windows, ({ resetsAt }) => resetsAt <= time))

  return Object.freeze({
    async reserve(limits: readonly ThrottleLimit[], at: ThrottleWindow) {
      sweep()
      const before = limits.map(({ key }) => countAt(windows.get(key), at))
      const reserved = fullThrottleLimit(limits, before) === undefined
      const counts = before.map(({ count, resetsAt }) => ({ count: reserved ? count + 1 : count, resetsAt }))
      for (const [index, { key }] of limits.entries()) {
        const count = counts[index]
        if (count !== undefined && count.count > 0) write(key, count)
      }
      return { reserved, counts }
    },

    async release(holds: readonly ThrottleHold[]) {
      for (const { key, resetsAt } of holds) {
        const current = windows.get(key)
        if (current === undefined || current.resetsAt > resetsAt) continue
        if (current.count > 1) windows.set(key, { ...current, count: current.count - 1 })
        else windows.delete(key)
      }
    },

    async read(key: string, at: ThrottleWindow) {
      const current = countAt(windows.get(key), at)
      return current.count === 0 ? null : current
    },

    async reset(key: string) {
      windows.delete(key)
    }
  })

  // A new window goes to the end of the map. A continued window keeps its place.
  function write(key: string, count: ThrottleCount): void {
    if (count.count === 1) windows.delete(key)
    if (!windows.has(key)) makeRoom(windows, limit)
    windows.set(key, count)
  }
}
