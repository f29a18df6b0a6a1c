import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { StoreSetupError } from '../errors.ts'
import type { DialectName, SqlDatabase } from './database.ts'
import { MissingTableError } from './failure.ts'
import type { Schema } from './schema.ts'
import { firstTables, mysqlTables, recordTable } from './tables.ts'

type Migrations = Readonly<Record<string, Migration>>

const BEFORE_MYSQL: Migrations = {
  '0001-first-tables': { up: firstTables },
  '0002-record-table': { up: recordTable },
  '0003-password-hash': {
    up: (db) => db.schema.alterTable('latchkey_account').addColumn('password_hash', 'text').execute()
  },
  // To find the records of an owner of every kind.
  '0004-record-owner': {
    up: (db) => db.schema.createIndex('latchkey_record_owner').on('latchkey_record').column('owner').execute()
  }
}

// Kysely applies them in the order of their names. Never change a released entry: a new version of the schema is a new entry.
// A migration of MySQL must be repeatable after a crash at any of its statements.
const MIGRATIONS: Readonly<Record<DialectName, Migrations>> = {
  mysql: { '0004-mysql-tables': { up: mysqlTables } },
  postgres: BEFORE_MYSQL,
  sqlite: BEFORE_MYSQL
}

/**
 * Updates the tables to the version that this package needs, in one transaction except on MySQL. If several processes start
 * at once, one does it and the others wait. Does not write, and takes no lock, when the tables are up to date.
 *
 * @param schema - the schema of the tables; created when it is missing
 * @throws StoreSetupError when a newer version of this package has changed the tables, or PostgreSQL has no schema for them
 */
export async function migrate({ db, name }: SqlDatabase, schema: string | undefined): Promise<void> {
  const migrations = MIGRATIONS[name]
  if (await areCurrent(db, migrations)) return
  const migrationTableSchema = schema ?? (name === 'postgres' ? await currentSchema(db) : undefined)
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: 'latchkey_applied_migration',
    migrationLockTableName: 'latchkey_migration_lock',
    ...(migrationTableSchema !== undefined && { migrationTableSchema })
  }).migrateToLatest()
  if (error !== undefined) throw error as Error // drivers and the Migrator throw only errors
}

/**
 * Checks whether the tables have the version that this package needs.
 *
 * @throws StoreSetupError when they are missing, or of another version
 */
export async function checkTables({ db, name }: SqlDatabase): Promise<void> {
  if (await areCurrent(db, MIGRATIONS[name])) return
  throw new StoreSetupError('The tables of the store are missing or out of date. Fix: call store.migrate() first')
}

// Refuses a migration that this code does not have: older code could write data that newer code cannot read.
async function areCurrent(db: Kysely<Schema>, migrations: Migrations): Promise<boolean> {
  const rows = await db.selectFrom('latchkey_applied_migration').select('name').execute().catch(whenMissing)
  const unknown = rows.find(({ name }) => !(name in migrations))
  if (unknown === undefined) return rows.length === Object.keys(migrations).length
  throw new StoreSetupError(
    `The tables of the store have the migration "${unknown.name}", which this version of @latchkey/store does not have. Fix: install the newer version, or restore the backup from before the upgrade`
  )
}

function whenMissing(error: unknown): [] {
  if (error instanceof MissingTableError) return []
  throw error
}

// Without a schema, the Migrator would take a table of the same name in any schema for its own.
async function currentSchema(db: Kysely<Schema>): Promise<string> {
  const { rows } = await sql<{ name: string | null }>`select current_schema() as name`.execute(db)
  const name = rows[0]?.name
  if (name) return name
  throw new StoreSetupError('sqlStore: no schema of search_path exists. Fix: set the option "schema"')
}
