import type { Authentication } from '@latchkey/guard'
import { LRUCache } from 'lru-cache'
import type { ApiKeyRefusal } from './events.ts'
import type { ApiKeyInfo } from './key-info.ts'

/** The result of a lookup: a key of the store, or the reason of a refusal. */
export type Verdict =
  | { readonly isKey: true; readonly info: ApiKeyInfo; readonly authentication: Authentication }
  | { readonly isKey: false; readonly code: ApiKeyRefusal; readonly subject: string | null }

/** Remembers the results of lookups for a short time. */
export interface KeyMemory {
  /** Returns the remembered result; `null` if the store must be asked. */
  recall(id: string): Verdict | null
  /** Changes with each revocation. A lookup that began before a revocation is not remembered. */
  generation(): number
  remember(id: string, verdict: Verdict, generation: number): void
  /** Forgets the keys that were revoked. Called after the store has removed them. */
  forget(isRevoked: (info: ApiKeyInfo) => boolean): void
}

interface Entry {
  readonly verdict: Verdict
  readonly since: number
}

const MOST_ENTRIES = 10_000
/** A key that is unknown or expired never becomes valid. */
const REFUSALS_LAST = 60

/**
 * Remembers valid keys for some seconds, and refused ones for a minute. Each in its own memory: refused keys do not make room
 * by pushing out valid ones.
 *
 * @param lifetime - in seconds; 0 for none
 * @param now - in milliseconds. If the clock goes back, entries are over
 */
export function keyMemory(lifetime: number, now: () => number): KeyMemory {
  // Not `max`, which would allocate room for all entries at once.
  const limit = { maxSize: MOST_ENTRIES, sizeCalculation: () => 1 }
  const keys = new LRUCache<string, Entry>(limit)
  const refusals = new LRUCache<string, Entry>(limit)
  let revocations = 0

  return {
    recall: (id) => recent(keys, id, lifetime) ?? recent(refusals, id, REFUSALS_LAST),
    generation: () => revocations,
    remember(id, verdict, generation) {
      if (generation !== revocations) return
      const memory = verdict.isKey ? keys : refusals
      memory.set(id, { verdict, since: now() })
    },
    forget(isRevoked) {
      revocations++
      for (const [id, { verdict }] of keys) if (verdict.isKey && isRevoked(verdict.info)) keys.delete(id)
    }
  }

  function recent(memory: LRUCache<string, Entry>, id: string, seconds: number): Verdict | null {
    const entry = memory.get(id)
    if (entry === undefined) return null
    const age = now() - entry.since
    if (age >= 0 && age < seconds * 1000) return entry.verdict
    memory.delete(id)
    return null
  }
}
