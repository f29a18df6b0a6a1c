import { StoreFullError } from '../errors.ts'
import type { NewRecord, RecordChange, RecordKey, RecordStore, StoredRecord } from '../records.ts'
import { forget, sweeper } from './eviction.ts'

/** Records in memory, at most `limit` of each kind. A full store refuses new ones. */
export function memoryRecords(limit: number, now: () => number): RecordStore {
  const kinds = new Map<string, Map<string, StoredRecord>>()
  let versions = 0
  const seconds = (): number => Math.floor(now() / 1000)
  const sweep = sweeper(now, (time) => {
    for (const [kind, records] of kinds) {
      forgetExpired(records, time)
      if (records.size === 0) kinds.delete(kind)
    }
  })

  // No method awaits anything, so each is atomic.
  return Object.freeze({
    async create(record: NewRecord, most = Number.POSITIVE_INFINITY) {
      sweep()
      const time = seconds()
      const records = recordsOf(record.kind)
      const earlier = records.get(record.id)
      if (earlier !== undefined && earlier.expiresAt > time) return false
      records.delete(record.id)
      if (records.size >= Math.min(most, limit)) forgetExpired(records, time)
      if (records.size >= most) return false
      if (records.size >= limit) throw new StoreFullError('records')
      keep(record)
      return true
    },

    async find({ kind, id }: RecordKey) {
      return recordsOf(kind).get(id) ?? null
    },

    async replace({ kind, id }: RecordKey, version: string, { content, expiresAt }: RecordChange) {
      const record = recordsOf(kind).get(id)
      if (record?.version !== version) return false
      keep({ ...record, content, expiresAt })
      return true
    },

    async remove({ kind, id }: RecordKey) {
      return recordsOf(kind).delete(id)
    },

    async list(kind: string, owner: string) {
      return [...recordsOf(kind).values()].filter((record) => record.owner === owner)
    },

    async removeOwned(kind: string, owner: string) {
      forget(recordsOf(kind), (record) => record.owner === owner)
    },

    async removeAllOwned(owner: string) {
      for (const records of kinds.values()) forget(records, (record) => record.owner === owner)
    }
  })

  function recordsOf(kind: string): Map<string, StoredRecord> {
    return kinds.get(kind) ?? new Map<string, StoredRecord>()
  }

  function keep({ kind, id, owner, content, expiresAt }: NewRecord): void {
    const records = recordsOf(kind)
    kinds.set(kind, records)
    records.set(id, Object.freeze({ kind, id, owner, content, expiresAt, version: String(++versions) }))
  }

  function forgetExpired(records: Map<string, StoredRecord>, time: number): void {
    forget(records, ({ expiresAt }) => expiresAt <= time)
  }
}
