import { StoreFullError } from '../errors.ts'
import { FARTHEST_AHEAD, PAGE_SIZE, positionOf, type Revocation, type RevocationStore } from '../revocations.ts'
import { sweeper } from './eviction.ts'

interface Entry {
  readonly position: number
  readonly revocation: Revocation
  /** False after it has expired, or was revoked again. */
  current: boolean
}

/** How many outdated entries the feed may have before they are removed. */
const MOST_OUTDATED = 1_000

/** Revocations in memory: at most `limit` that have not expired. A full store refuses new ones. */
export function memoryRevocations(limit: number, now: () => number): RevocationStore {
  const entries = new Map<string, Entry>()
  // In the order of positions, outdated entries included.
  let feed: Entry[] = []
  let position = 0
  const seconds = (): number => Math.floor(now() / 1000)
  const sweep = sweeper(now, forgetExpired)

  return Object.freeze({
    async revoke(revocation: Revocation) {
      sweep()
      const { kind, id } = revocation
      const key = `${kind} ${id}`
      const earlier = entries.get(key)
      const before = earlier?.revocation
      if (before === undefined && entries.size >= limit) {
        forgetExpired(seconds())
        if (entries.size >= limit) throw new StoreFullError('revocations')
      }
      const takenBackAt = Math.min(revocation.revokedAt, seconds() + FARTHEST_AHEAD)
      const revokedAt = Math.max(takenBackAt, before?.revokedAt ?? 0)
      const expiresAt = Math.max(revocation.expiresAt, before?.expiresAt ?? 0)
      const kept = Object.freeze({ kind, id, revokedAt, expiresAt })
      const entry: Entry = { position: ++position, revocation: kept, current: true }
      if (earlier !== undefined) earlier.current = false
      entries.set(key, entry)
      feed.push(entry)
      if (feed.length > 2 * entries.size + MOST_OUTDATED) takeOutOutdated()
    },

    async since(cursor: string | null) {
      const seen = positionOf(cursor)
      const revocations: Revocation[] = []
      let at = firstAfter(seen)
      let last = seen
      for (; at < feed.length && revocations.length < PAGE_SIZE; at++) {
        const entry = feed[at] as Entry // at < feed.length
        last = entry.position
        if (entry.current) revocations.push(entry.revocation)
      }
      return { revocations, more: at < feed.length, cursor: String(last) }
    }
  })

  function takeOutOutdated(): void {
    feed = feed.filter(({ current }) => current)
  }

  // A binary search, because followers ask often, and mostly for the end of the feed.
  function firstAfter(seen: number): number {
    let [low, high] = [0, feed.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (Number(feed[middle]?.position) > seen) high = middle
      else low = middle + 1
    }
    return low
  }

  function forgetExpired(time: number): void {
    const before = entries.size
    for (const [key, entry] of entries) {
      if (entry.revocation.expiresAt > time) continue
      entries.delete(key)
      entry.current = false
    }
    if (entries.size < before) takeOutOutdated()
  }
}
