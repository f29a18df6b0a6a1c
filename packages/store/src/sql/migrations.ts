import { type Kysely, sql } from 'kysely'
import { StoreSetupError } from '../errors.ts'
import { type SqlDatabase, transaction } from './database.ts'
import { MissingTableError } from './failure.ts'
import type { Schema } from './schema.ts'

// An arbitrary number that no other program is likely to lock.
const MIGRATION_LOCK = 5_201_861_640_129

// Never change a released entry: a new version of the schema is a new entry.
const MIGRATIONS: readonly ((db: Kysely<Schema>) => Promise<void>)[] = [firstTables]

/**
 * Updates the tables to the version that this package needs, in one transaction. If several processes start at once, one does
 * it and the others wait.
 *
 * @param schema - the schema of the tables; created when it is missing
 * @throws StoreSetupError when a newer version of this package has changed the tables
 */
export async function migrate(database: SqlDatabase, schema: string | undefined): Promise<void> {
  await transaction(database, async (trx) => {
    if (database.locksRows) await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(trx)
    if (schema !== undefined) await trx.schema.createSchema(schema).ifNotExists().execute()
    await trx.schema.createTable('latchkey_migration').ifNotExists().addColumn('version', 'integer').execute()
    const done = await trx.selectFrom('latchkey_migration').select('version').execute()
    mustKnow(done)
    for (const [index, migration] of MIGRATIONS.entries()) {
      const version = index + 1
      if (done.some((row) => row.version === version)) continue
      await migration(trx)
      await trx.insertInto('latchkey_migration').values({ version }).execute()
    }
  })
}

/**
 * Checks whether the tables have the version that this package needs.
 *
 * @throws StoreSetupError when they are missing, or of another version
 */
export async function checkTables({ db }: SqlDatabase): Promise<void> {
  const done = await db.selectFrom('latchkey_migration').select('version').execute().catch(whenMissing)
  mustKnow(done)
  if (done.length < MIGRATIONS.length) {
    throw new StoreSetupError('The tables of the store are missing or out of date. Fix: call store.migrate() first')
  }
}

// Refuses a version that this code does not have: older code could write data that newer code cannot read.
function mustKnow(done: readonly { readonly version: number }[]): void {
  const newest = Math.max(0, ...done.map(({ version }) => version))
  if (newest <= MIGRATIONS.length) return
  throw new StoreSetupError(
    `The tables of the store are of version ${newest}, and this version of @latchkey/store knows ${MIGRATIONS.length}. Fix: install the newer version, or restore the backup from before the upgrade`
  )
}

function whenMissing(error: unknown): [] {
  if (error instanceof MissingTableError) return []
  throw error
}

async function firstTables(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('latchkey_counter')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'bigint', (column) => column.notNull())
    .execute()
  await db
    .insertInto('latchkey_counter')
    .values([
      { name: 'revocations', value: 0 },
      { name: 'signing keys', value: 0 }
    ])
    .execute()

  await db.schema
    .createTable('latchkey_refresh_family')
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
    .addColumn('kid', 'text', (column) => column.primaryKey())
    .addColumn('generation', 'bigint', (column) => column.notNull().unique())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('active_from', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()

  await db.schema
    .createTable('latchkey_throttle')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('hits', 'bigint', (column) => column.notNull())
    .addColumn('resets_at', 'bigint', (column) => column.notNull())
    .execute()
  await index(db, 'latchkey_throttle', 'resets_at')

  await db.schema
    .createTable('latchkey_session')
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
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('latchkey_identity_pkey', ['provider', 'subject'])
    .execute()
  await index(db, 'latchkey_identity', 'account_id')

  await db.schema
    .createTable('latchkey_upstream_token')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('latchkey_upstream_token_pkey', ['account_id', 'provider'])
    .execute()

  await db.schema
    .createTable('latchkey_dpop_proof')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await index(db, 'latchkey_dpop_proof', 'expires_at')
}

async function index(db: Kysely<Schema>, table: keyof Schema & string, column: string): Promise<void> {
  await db.schema.createIndex(`${table}_${column}`).on(table).column(column).execute()
}
