import { positionOf } from '../cursor.ts'
import { StoreFullError } from '../errors.ts'
import type { Revocation, RevocationStore } from '../revocations.ts'
import { sweeper } from '../sweeper.ts'

interface Entry {
  readonly position: number
  readonly revocation: Revocation
}

/** Revocations in memory: at most `limit` of them that have not expired, new ones being refused. */
export function memoryRevocations(limit: number, now: () => number): RevocationStore {
  const entries = new Map<string, Entry>()
  let position = 0
  const sweep = sweeper(now, 60, forgetExpired)

  return Object.freeze({
    async revoke(revocation: Revocation) {
      sweep()
      const { kind, id } = revocation
      const key = `${kind} ${id}`
      const before = entries.get(key)?.revocation
      if (before === undefined && entries.size >= limit) {
        forgetExpired(Math.floor(now() / 1000))
        if (entries.size >= limit) throw new StoreFullError('revocations')
      }
      // Deleted first, so that the map is in the order of positions.
      entries.delete(key)
      const revokedAt = Math.max(revocation.revokedAt, before?.revokedAt ?? 0)
      const expiresAt = Math.max(revocation.expiresAt, before?.expiresAt ?? 0)
      entries.set(key, { position: ++position, revocation: Object.freeze({ kind, id, revokedAt, expiresAt }) })
    },

    async since(cursor: string | null) {
      const seen = positionOf(cursor)
      const later = [...entries.values()].filter((entry) => entry.position > seen)
      return { revocations: later.map(({ revocation }) => revocation), cursor: String(position) }
    }
  })

  function forgetExpired(time: number): void {
    for (const [key, { revocation }] of entries) if (revocation.expiresAt <= time) entries.delete(key)
  }
}
