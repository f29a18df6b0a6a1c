import { sha256 } from '@latchkey/guard/plugin'
import type { RecordKey, RecordStore, StoredRecord } from '@latchkey/store'

/** Returns the key of a record that is found by a secret. The store gets only the hash. */
export function secretKey(kind: string, secret: string): RecordKey {
  return { kind, id: sha256(secret) }
}

/** A record, and what its content stands for. */
export interface Stored<Content> {
  readonly record: StoredRecord
  readonly content: Content
}

/** Returns a record with its content. The content is not checked: only this package writes records of its kinds. */
export function storedIn<Content>(record: StoredRecord): Stored<Content> {
  return { record, content: JSON.parse(record.content) as Content }
}

/** Returns a record with its content, expired or not; `null` if there is none. */
export async function findStored<Content>(records: RecordStore, key: RecordKey): Promise<Stored<Content> | null> {
  const record = await records.find(key)
  return record && storedIn(record)
}

/** Returns a record with its content; `null` if there is none, or if it has expired. */
export async function findLive<Content>(
  records: RecordStore,
  key: RecordKey,
  seconds: () => number
): Promise<Stored<Content> | null> {
  const stored = await findStored<Content>(records, key)
  return stored !== null && seconds() < stored.record.expiresAt ? stored : null
}

/** Replaces the content of a record. `false`, without a change, if another request has changed or removed it meanwhile. */
export async function rewrite(records: RecordStore, record: StoredRecord, content: object): Promise<boolean> {
  const { version, expiresAt } = record
  return records.replace(record, version, { content: JSON.stringify(content), expiresAt })
}
