import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** The second migration: the table of the records. */
export async function recordTable(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('latchkey_record')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('owner', 'text')
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('latchkey_record_pkey', ['kind', 'id'])
    .execute()
  await index(db, 'kind_owner', ['kind', 'owner'])
  await index(db, 'kind_expires_at', ['kind', 'expires_at']) // to count the unexpired records of a kind
  await index(db, 'expires_at', ['expires_at'])
}

async function index(db: Kysely<Schema>, name: string, columns: string[]): Promise<void> {
  await db.schema.createIndex(`latchkey_record_${name}`).on('latchkey_record').columns(columns).execute()
}
