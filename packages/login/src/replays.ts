import type { DpopReplayStore } from '@latchkey/store'

const MOST = 10_000

/** Remembers what was used, in this process alone: at most 10,000 of it, and refuses more until some is forgotten. */
export function replaysInMemory(now: () => number): DpopReplayStore {
  const used = new Map<string, number>()
  return Object.freeze({
    async remember(key, expiresAt) {
      for (const [old, until] of used) if (until <= now() / 1000) used.delete(old)
      if (used.has(key) || used.size >= MOST) return false
      used.set(key, expiresAt)
      return true
    }
  } satisfies DpopReplayStore)
}
