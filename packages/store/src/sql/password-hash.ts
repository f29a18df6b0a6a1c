import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** The third migration: the password hashes of the accounts. */
export async function passwordHash(db: Kysely<Schema>): Promise<void> {
  await db.schema.alterTable('latchkey_account').addColumn('password_hash', 'text').execute()
}
