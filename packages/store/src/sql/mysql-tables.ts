import { type CreateTableBuilder, type Kysely, type RawBuilder, sql } from 'kysely'
import { isInserted } from './failure.ts'
import type { Schema } from './schema.ts'

// Identifiers are bytes, because they are compared byte for byte: every text collation that both MySQL and MariaDB have ignores
// spaces at the end. The bytes are UTF-8. An index has at most 3072 bytes, so two columns of one index share them.
const ID: RawBuilder<unknown> = sql`varbinary(2048)`
const KIND: RawBuilder<unknown> = sql`varbinary(768)`
const TEXT: RawBuilder<unknown> = sql`longblob`
// The engine has transactions and foreign keys. The row format has indexes of that size. Both may not be the server's default.
const OPTIONS = sql`engine = InnoDB row_format = dynamic`

/**
 * The first migration of MySQL and MariaDB: the tables of all migrations of the other databases. DDL is not transactional here.
 * Each statement creates a whole table unless it exists, so the migration can be repeated after a crash.
 */
export async function mysqlTables(db: Kysely<Schema>): Promise<void> {
  await create(db, 'latchkey_counter', (table) =>
    table
      .addColumn('name', ID, (column) => column.primaryKey())
      .addColumn('value', 'bigint', (column) => column.notNull())
  )
  for (const name of ['revocations', 'signing keys'] as const) {
    await isInserted(db.insertInto('latchkey_counter').values({ name, value: 0 }).execute())
  }

  await create(db, 'latchkey_refresh_family', (table) =>
    table
      .addColumn('id', ID, (column) => column.primaryKey())
      .addColumn('client_id', TEXT, (column) => column.notNull())
      .addColumn('subject', ID, (column) => column.notNull())
      .addColumn('scopes', TEXT, (column) => column.notNull())
      .addColumn('resources', TEXT, (column) => column.notNull())
      .addColumn('authenticated_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addIndex('latchkey_refresh_family_subject', ['subject'])
      .addIndex('latchkey_refresh_family_expires_at', ['expires_at'])
  )
  await create(db, 'latchkey_refresh_token', (table) =>
    table
      .addColumn('hash', ID, (column) => column.primaryKey())
      .addColumn('family_id', ID, (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('used_at', 'bigint')
      .addColumn('sealed_successor', TEXT)
      .addIndex('latchkey_refresh_token_family_id', ['family_id'])
      .addIndex('latchkey_refresh_token_expires_at', ['expires_at'])
      // InnoDB ignores a foreign key that is a part of its column.
      .addForeignKeyConstraint(
        'latchkey_refresh_token_family',
        ['family_id'],
        'latchkey_refresh_family',
        ['id'],
        (constraint) => constraint.onDelete('cascade')
      )
  )

  await create(db, 'latchkey_revocation', (table) =>
    table
      .addColumn('kind', KIND, (column) => column.notNull())
      .addColumn('id', ID, (column) => column.notNull())
      .addColumn('position', 'bigint', (column) => column.notNull().unique())
      .addColumn('revoked_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('latchkey_revocation_pkey', ['kind', 'id'])
      .addIndex('latchkey_revocation_expires_at', ['expires_at'])
  )

  await create(db, 'latchkey_signing_key', (table) =>
    table
      .addColumn('kid', ID, (column) => column.primaryKey())
      .addColumn('generation', 'bigint', (column) => column.notNull().unique())
      .addColumn('key', TEXT, (column) => column.notNull())
      .addColumn('active_from', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
  )

  await create(db, 'latchkey_throttle', (table) =>
    table
      .addColumn('key', ID, (column) => column.primaryKey())
      .addColumn('hits', 'bigint', (column) => column.notNull())
      .addColumn('resets_at', 'bigint', (column) => column.notNull())
      .addIndex('latchkey_throttle_resets_at', ['resets_at'])
  )

  await create(db, 'latchkey_session', (table) =>
    table
      .addColumn('id', ID, (column) => column.primaryKey())
      .addColumn('subject', ID, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('label', TEXT)
      .addColumn('upstream_issuer', TEXT)
      .addColumn('upstream_sid', ID)
      .addIndex('latchkey_session_subject', ['subject'])
      .addIndex('latchkey_session_upstream_sid', ['upstream_sid'])
      .addIndex('latchkey_session_expires_at', ['expires_at'])
  )

  await create(db, 'latchkey_account', (table) =>
    table
      .addColumn('id', ID, (column) => column.primaryKey())
      .addColumn('name', TEXT)
      .addColumn('email', TEXT)
      .addColumn('picture', TEXT)
      .addColumn('permissions', TEXT, (column) => column.notNull())
      .addColumn('disabled', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('password_hash', TEXT)
  )
  await create(db, 'latchkey_identity', (table) =>
    table
      .addColumn('provider', KIND, (column) => column.notNull())
      .addColumn('subject', ID, (column) => column.notNull())
      .addColumn('account_id', ID, (column) => column.notNull())
      .addPrimaryKeyConstraint('latchkey_identity_pkey', ['provider', 'subject'])
      .addIndex('latchkey_identity_account_id', ['account_id'])
  )

  await create(db, 'latchkey_upstream_token', (table) =>
    table
      .addColumn('account_id', ID, (column) => column.notNull())
      .addColumn('provider', KIND, (column) => column.notNull())
      .addColumn('sealed', TEXT, (column) => column.notNull())
      .addColumn('version', TEXT, (column) => column.notNull())
      .addPrimaryKeyConstraint('latchkey_upstream_token_pkey', ['account_id', 'provider'])
  )

  await create(db, 'latchkey_dpop_proof', (table) =>
    table
      .addColumn('key', ID, (column) => column.primaryKey())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addIndex('latchkey_dpop_proof_expires_at', ['expires_at'])
  )

  await create(db, 'latchkey_record', (table) =>
    table
      .addColumn('kind', KIND, (column) => column.notNull())
      .addColumn('id', ID, (column) => column.notNull())
      .addColumn('owner', ID)
      .addColumn('content', TEXT, (column) => column.notNull())
      .addColumn('version', TEXT, (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('latchkey_record_pkey', ['kind', 'id'])
      .addIndex('latchkey_record_kind_owner', ['kind', 'owner'])
      .addIndex('latchkey_record_kind_expires_at', ['kind', 'expires_at'])
      .addIndex('latchkey_record_expires_at', ['expires_at'])
      .addIndex('latchkey_record_owner', ['owner'])
  )
}

async function create<Columns extends string>(
  db: Kysely<Schema>,
  name: keyof Schema,
  columns: (table: CreateTableBuilder<string>) => CreateTableBuilder<string, Columns>
): Promise<void> {
  await columns(db.schema.createTable(name).ifNotExists()).modifyEnd(OPTIONS).execute()
}
