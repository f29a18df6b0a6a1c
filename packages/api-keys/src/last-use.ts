import type { RecordStore } from '@latchkey/store'
import type { FastifyBaseLogger } from 'fastify'
import { LRUCache } from 'lru-cache'
import { type ApiKeyInfo, infoOf, type KeyContent, KIND, recordExpiry } from './key-info.ts'

/** Records in the store when keys were last used. */
export interface LastUse {
  /** Does not wait for the store: a request neither takes longer nor fails because of it. */
  note(info: ApiKeyInfo, log: FastifyBaseLogger): void
  /** Resolves when all uses are recorded, or have failed. */
  settled(): Promise<void>
}

const LEAST_OFTEN = 60
const MOST_REMEMBERED = 10_000
const MOST_ATTEMPTS = 2

/** Records a use at most once a minute in each process. A write for each request would cost more than the rest of the request. */
export function lastUse(records: RecordStore, seconds: () => number): LastUse {
  // When this process last recorded a use: the key that is remembered has an older time.
  const noted = new LRUCache<string, number>({ maxSize: MOST_REMEMBERED, sizeCalculation: () => 1 })
  const underWay = new Set<Promise<void>>()

  return {
    note({ id, lastUsedAt }, log) {
      const time = seconds()
      if (time - Math.max(lastUsedAt ?? 0, noted.get(id) ?? 0) < LEAST_OFTEN) return
      noted.set(id, time)
      const writing = write(id, time, log).finally(() => underWay.delete(writing))
      underWay.add(writing)
    },
    async settled() {
      await Promise.all(underWay)
    }
  }

  async function write(id: string, time: number, log: FastifyBaseLogger): Promise<void> {
    try {
      // A process that writes at the same moment makes one of the two writes fail.
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) if (await tryToWrite(id, time)) return
    } catch (error) {
      log.warn({ err: error }, 'The use of an API key could not be recorded')
    }
  }

  /** `false` if another process changed the record meanwhile. Does not bring back a key that was revoked. */
  async function tryToWrite(id: string, time: number): Promise<boolean> {
    const key = { kind: KIND, id }
    const record = await records.find(key)
    if (record === null) return true
    const { id: _id, subject: _subject, ...content } = infoOf(record)
    if ((content.lastUsedAt ?? 0) >= time) return true
    const next: KeyContent = { ...content, lastUsedAt: time }
    return records.replace(key, record.version, { content: JSON.stringify(next), expiresAt: recordExpiry(next) })
  }
}
