import { randomUUID } from 'node:crypto'
import type { NewRecord } from '../records.ts'
import { type SqlDatabase, transaction } from './database.ts'
import { isInserted } from './failure.ts'

/** MySQL. Inserts a record, in place of an expired one with its key. `false` if the key is taken. */
export async function insertRecord(database: SqlDatabase, record: NewRecord): Promise<boolean> {
  const { kind, id, owner, content, expiresAt } = record
  const row = { kind, id, owner, content, version: randomUUID(), expires_at: expiresAt }
  const { db, seconds } = database
  if (await isInserted(db.insertInto('latchkey_record').values(row).execute())) return true
  return transaction(database, async (trx) => {
    await trx
      .deleteFrom('latchkey_record')
      .where((key) => key.and({ kind, id }))
      .where('expires_at', '<=', seconds)
      .execute()
    return isInserted(trx.insertInto('latchkey_record').values(row).execute())
  })
}
