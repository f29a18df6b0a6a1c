import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** The fourth migration: an index to find the records of an owner of every kind. */
export async function recordOwner(db: Kysely<Schema>): Promise<void> {
  await db.schema.createIndex('latchkey_record_owner').on('latchkey_record').column('owner').execute()
}
