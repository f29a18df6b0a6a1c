import type { RecordKey, RecordStore, StoredRecord } from '@latchkey/store'
import { sha256 } from './hash.ts'

/** Returns the key of a record that is found by a secret. The store gets only the hash. */
export function secretKey(kind: string, secret: string): RecordKey {
  return { kind, id: sha256(secret) }
}

/** Replaces the content of a record. `false`, without a change, if another request has changed or removed it meanwhile. */
export async function rewrite(records: RecordStore, record: StoredRecord, content: object): Promise<boolean> {
  const { version, expiresAt } = record
  return records.replace(record, version, { content: JSON.stringify(content), expiresAt })
}
