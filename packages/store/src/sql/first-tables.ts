import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/**
 * The first migration. It adopts the tables of databases that were migrated before Kysely's Migrator was in use: those have the
 * same tables, and a table `latchkey_migration` with version 1. That table stays, so that processes of the earlier version
 * continue to start during an upgrade.
 */
export async function firstTables(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('latchkey_counter')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'bigint', (column) => column.notNull())
    .execute()
  await db
    .insertInto('latchkey_counter')
    .values([
      { name: 'revocations', value: 0 },
      { name: 'signing keys', value: 0 }
    ])
    .onConflict((conflict) => conflict.doNothing())
    .execute()

  await db.schema
    .createTable('latchkey_refresh_family')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('resources', 'text', (column) => column.notNull())
    .addColumn('authenticated_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await index(db, 'latchkey_refresh_family', 'subject')
  await index(db, 'latchkey_refresh_family', 'expires_at')
  await db.schema
    .createTable('latchkey_refresh_token')
    .ifNotExists()
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('family_id', 'text', (column) =>
      column.notNull().references('latchkey_refresh_family.id').onDelete('cascade')
    )
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint')
    .addColumn('sealed_successor', 'text')
    .execute()
  await index(db, 'latchkey_refresh_token', 'family_id')
  await index(db, 'latchkey_refresh_token', 'expires_at')

  await db.schema
    .createTable('latchkey_revocation')
    .ifNotExists()
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull().unique())
    .addColumn('revoked_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('latchkey_revocation_pkey', ['kind', 'id'])
    .execute()
  await index(db, 'latchkey_revocation', 'expires_at')

  await db.schema
    .createTable('latchkey_signing_key')
    .ifNotExists()
    .addColumn('kid', 'text', (column) => column.primaryKey())
    .addColumn('generation', 'bigint', (column) => column.notNull().unique())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('active_from', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()

  await db.schema
    .createTable('latchkey_throttle')
    .ifNotExists()
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('hits', 'bigint', (column) => column.notNull())
    .addColumn('resets_at', 'bigint', (column) => column.notNull())
    .execute()
  await index(db, 'latchkey_throttle', 'resets_at')

  await db.schema
    .createTable('latchkey_session')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('label', 'text')
    .addColumn('upstream_issuer', 'text')
    .addColumn('upstream_sid', 'text')
    .execute()
  await index(db, 'latchkey_session', 'subject')
  await index(db, 'latchkey_session', 'upstream_sid')
  await index(db, 'latchkey_session', 'expires_at')

  await db.schema
    .createTable('latchkey_account')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text')
    .addColumn('email', 'text')
    .addColumn('picture', 'text')
    .addColumn('permissions', 'text', (column) => column.notNull())
    .addColumn('disabled', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('latchkey_identity')
    .ifNotExists()
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('latchkey_identity_pkey', ['provider', 'subject'])
    .execute()
  await index(db, 'latchkey_identity', 'account_id')

  await db.schema
    .createTable('latchkey_upstream_token')
    .ifNotExists()
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('latchkey_upstream_token_pkey', ['account_id', 'provider'])
    .execute()

  await db.schema
    .createTable('latchkey_dpop_proof')
    .ifNotExists()
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await index(db, 'latchkey_dpop_proof', 'expires_at')
}

async function index(db: Kysely<Schema>, table: keyof Schema & string, column: string): Promise<void> {
  await db.schema.createIndex(`${table}_${column}`).ifNotExists().on(table).column(column).execute()
}
