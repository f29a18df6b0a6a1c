import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { StoreSetupError } from '../errors.ts'
import type { SqlDatabase } from './database.ts'
import { MissingTableError } from './failure.ts'
import { firstTables } from './first-tables.ts'
import { passwordHash } from './password-hash.ts'
import { recordOwner } from './record-owner.ts'
import { recordTable } from './record-table.ts'
import type { Schema } from './schema.ts'

// Kysely applies them in the order of their names. Never change a released entry: a new version of the schema is a new entry.
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-tables': { up: firstTables },
  '0002-record-table': { up: recordTable },
  '0003-password-hash': { up: passwordHash },
  '0004-record-owner': { up: recordOwner }
}

/**
 * Updates the tables to the version that this package needs, in one transaction. If several processes start at once, one does
 * it and the others wait. Does not write, and takes no lock, when the tables are up to date.
 *
 * @param schema - the schema of the tables; created when it is missing
 * @throws StoreSetupError when a newer version of this package has changed the tables, or PostgreSQL has no schema for them
 */
export async function migrate({ db, locksRows }: SqlDatabase, schema: string | undefined): Promise<void> {
  if (await areCurrent(db)) return
  const migrationTableSchema = schema ?? (locksRows ? await currentSchema(db) : undefined)
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => MIGRATIONS },
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
export async function checkTables({ db }: SqlDatabase): Promise<void> {
  if (await areCurrent(db)) return
  throw new StoreSetupError('The tables of the store are missing or out of date. Fix: call store.migrate() first')
}

// Refuses a migration that this code does not have: older code could write data that newer code cannot read.
async function areCurrent(db: Kysely<Schema>): Promise<boolean> {
  const rows = await db.selectFrom('latchkey_applied_migration').select('name').execute().catch(whenMissing)
  const unknown = rows.find(({ name }) => !(name in MIGRATIONS))
  if (unknown === undefined) return rows.length === Object.keys(MIGRATIONS).length
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
