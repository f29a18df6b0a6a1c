import { type ColumnBuilderCallback, type CreateTableBuilder, type Kysely, type RawBuilder, sql } from 'kysely'
import { isInserted } from './failure.ts'
import type { Schema } from './schema.ts'

/** The types of columns for identifiers, for short words and for other texts. */
interface Types {
  readonly id: Type
  readonly kind: Type
  readonly text: Type
}

type Type = 'text' | RawBuilder<unknown>

const PLAIN: Types = { id: 'text', kind: 'text', text: 'text' }
// Identifiers are bytes, because they are compared byte for byte: every text collation that both MySQL and MariaDB have ignores
// spaces at the end. The bytes are UTF-8. An index has at most 3072 bytes, so two columns of one index share them.
const MYSQL: Types = { id: sql`varbinary(2048)`, kind: sql`varbinary(768)`, text: sql`longblob` }
// The engine has transactions and foreign keys. The row format has indexes of that size. Both may not be the server's default.
const MYSQL_OPTIONS: RawBuilder<unknown> = sql`engine = InnoDB row_format = dynamic`

const primary: ColumnBuilderCallback = (column) => column.primaryKey()
const required: ColumnBuilderCallback = (column) => column.notNull()
const ofFamily: ColumnBuilderCallback = (column) =>
  column.notNull().references('latchkey_refresh_family.id').onDelete('cascade')

/**
 * The first migration. It adopts the tables of databases that were migrated before Kysely's Migrator was in use: those have the
 * same tables, and a table `latchkey_migration` with version 1. That table stays, so that processes of the earlier version
 * continue to start during an upgrade.
 */
export async function firstTables(db: Kysely<Schema>, types: Types = PLAIN): Promise<void> {
  const { id, kind, text } = types
  const isMysql = types === MYSQL
  const create = creatorOf(db, types, 'adopts')

  await create('latchkey_counter', (table) =>
    table.addColumn('name', id, primary).addColumn('value', 'bigint', required)
  )
  for (const name of ['revocations', 'signing keys'] as const) {
    const insertion = db.insertInto('latchkey_counter').values({ name, value: 0 })
    if (isMysql) await isInserted(insertion.execute())
    else await insertion.onConflict((conflict) => conflict.doNothing()).execute()
  }

  await create(
    'latchkey_refresh_family',
    (table) =>
      table
        .addColumn('id', id, primary)
        .addColumn('client_id', text, required)
        .addColumn('subject', id, required)
        .addColumn('scopes', text, required)
        .addColumn('resources', text, required)
        .addColumn('authenticated_at', 'bigint', required)
        .addColumn('expires_at', 'bigint', required),
    ['subject'],
    ['expires_at']
  )
  await create(
    'latchkey_refresh_token',
    (table) => {
      const columns = table
        .addColumn('hash', id, primary)
        .addColumn('family_id', id, isMysql ? required : ofFamily)
        .addColumn('expires_at', 'bigint', required)
        .addColumn('used_at', 'bigint')
        .addColumn('sealed_successor', text)
      if (!isMysql) return columns
      // InnoDB ignores a foreign key that is a part of its column.
      const [name, family] = ['latchkey_refresh_token_family', 'latchkey_refresh_family']
      return columns.addForeignKeyConstraint(name, ['family_id'], family, ['id'], (key) => key.onDelete('cascade'))
    },
    ['family_id'],
    ['expires_at']
  )

  await create(
    'latchkey_revocation',
    (table) =>
      table
        .addColumn('kind', kind, required)
        .addColumn('id', id, required)
        .addColumn('position', 'bigint', (column) => column.notNull().unique())
        .addColumn('revoked_at', 'bigint', required)
        .addColumn('expires_at', 'bigint', required)
        .addPrimaryKeyConstraint('latchkey_revocation_pkey', ['kind', 'id']),
    ['expires_at']
  )

  await create('latchkey_signing_key', (table) =>
    table
      .addColumn('kid', id, primary)
      .addColumn('generation', 'bigint', (column) => column.notNull().unique())
      .addColumn('key', text, required)
      .addColumn('active_from', 'bigint', required)
      .addColumn('expires_at', 'bigint', required)
  )

  await create(
    'latchkey_throttle',
    (table) =>
      table
        .addColumn('key', id, primary)
        .addColumn('hits', 'bigint', required)
        .addColumn('resets_at', 'bigint', required),
    ['resets_at']
  )

  await create(
    'latchkey_session',
    (table) =>
      table
        .addColumn('id', id, primary)
        .addColumn('subject', id, required)
        .addColumn('created_at', 'bigint', required)
        .addColumn('last_seen_at', 'bigint', required)
        .addColumn('expires_at', 'bigint', required)
        .addColumn('label', text)
        .addColumn('upstream_issuer', text)
        .addColumn('upstream_sid', id),
    ['subject'],
    ['upstream_sid'],
    ['expires_at']
  )

  await create('latchkey_account', (table) => {
    const columns = table
      .addColumn('id', id, primary)
      .addColumn('name', text)
      .addColumn('email', text)
      .addColumn('picture', text)
      .addColumn('permissions', text, required)
      .addColumn('disabled', 'integer', required)
      .addColumn('created_at', 'bigint', required)
    return isMysql ? columns.addColumn('password_hash', text) : columns
  })
  await create(
    'latchkey_identity',
    (table) =>
      table
        .addColumn('provider', kind, required)
        .addColumn('subject', id, required)
        .addColumn('account_id', id, required)
        .addPrimaryKeyConstraint('latchkey_identity_pkey', ['provider', 'subject']),
    ['account_id']
  )

  await create('latchkey_upstream_token', (table) =>
    table
      .addColumn('account_id', id, required)
      .addColumn('provider', kind, required)
      .addColumn('sealed', text, required)
      .addColumn('version', text, required)
      .addPrimaryKeyConstraint('latchkey_upstream_token_pkey', ['account_id', 'provider'])
  )

  await create(
    'latchkey_dpop_proof',
    (table) => table.addColumn('key', id, primary).addColumn('expires_at', 'bigint', required),
    ['expires_at']
  )
}

/** The second migration: the table of the records. */
export async function recordTable(db: Kysely<Schema>, types: Types = PLAIN): Promise<void> {
  const { id, kind, text } = types
  await creatorOf(db, types, types === MYSQL ? 'adopts' : 'creates')(
    'latchkey_record',
    (table) =>
      table
        .addColumn('kind', kind, required)
        .addColumn('id', id, required)
        .addColumn('owner', id)
        .addColumn('content', text, required)
        .addColumn('version', text, required)
        .addColumn('expires_at', 'bigint', required)
        .addPrimaryKeyConstraint('latchkey_record_pkey', ['kind', 'id']),
    ['kind', 'owner'],
    ['kind', 'expires_at'], // to count the unexpired records of a kind
    ['expires_at'],
    ...(types === MYSQL ? [['owner']] : [])
  )
}

/**
 * The first migration of MySQL and MariaDB: the tables of all migrations of the other databases. DDL is not transactional here.
 * Each statement creates a whole table unless it exists, so the migration can be repeated after a crash.
 */
export async function mysqlTables(db: Kysely<Schema>): Promise<void> {
  await firstTables(db, MYSQL)
  await recordTable(db, MYSQL)
}

/** Creates tables with their indexes. `creates` fails if one exists, and `adopts` leaves it as it is. */
function creatorOf(db: Kysely<Schema>, types: Types, mode: 'creates' | 'adopts') {
  const { schema } = db
  return async (
    name: keyof Schema,
    withColumns: (table: CreateTableBuilder<string>) => CreateTableBuilder<string, string>,
    ...indexes: readonly string[][]
  ): Promise<void> => {
    const created = schema.createTable(name)
    const table = withColumns(mode === 'adopts' ? created.ifNotExists() : created)
    const named = indexes.map((columns) => ({ index: `${name}_${columns.join('_')}`, columns }))
    if (types === MYSQL) {
      const whole = named.reduce((built, { index, columns }) => built.addIndex(index, columns), table)
      await whole.modifyEnd(MYSQL_OPTIONS).execute()
      return
    }
    await table.execute()
    for (const { index, columns } of named) {
      const added = schema.createIndex(index).on(name).columns(columns)
      await (mode === 'adopts' ? added.ifNotExists() : added).execute()
    }
  }
}
