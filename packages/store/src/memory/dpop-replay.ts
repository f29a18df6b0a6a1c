import type { DpopReplayStore } from '../dpop-replay.ts'
import { StoreFullError } from '../errors.ts'
import { forget, sweeper } from './eviction.ts'

/** Used proofs in memory, at most `limit`. A full store refuses new ones. */
export function memoryDpopReplay(limit: number, now: () => number): DpopReplayStore {
  const keys = new Map<string, number>()
  const sweep = sweeper(now, forgetExpired)

  return Object.freeze({
    async remember(key: string, expiresAt: number) {
      sweep()
      if (keys.has(key)) return false
      if (keys.size >= limit) forgetExpired(Math.floor(now() / 1000))
      if (keys.size >= limit) throw new StoreFullError('DPoP proofs')
      keys.set(key, expiresAt)
      return true
    },

    async forget(key: string) {
      keys.delete(key)
    },

    room() {
      sweep()
      return limit - keys.size
    }
  } satisfies DpopReplayStore)

  function forgetExpired(time: number): void {
    forget(keys, (expiresAt) => expiresAt <= time)
  }
}
