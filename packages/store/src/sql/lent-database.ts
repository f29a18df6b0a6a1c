import {
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  MysqlAdapter,
  MysqlQueryCompiler,
  PostgresAdapter,
  PostgresQueryCompiler,
  type QueryCompiler,
  type RawBuilder,
  type SchemaMetadata,
  sql,
  type TableMetadata
} from 'kysely'
import type { DialectName, OpenDatabase } from './database.ts'
import { type Borrow, type Habits, lendingDriver } from './lending.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

const HABITS: Readonly<Record<DialectName, Habits>> = {
  postgres: { begin: ['begin isolation level read committed'], attempts: 1 },
  // The first statement is for the next transaction only. MySQL locks the gaps between rows in stricter isolation levels, and
  // then any two changes may deadlock: statements outside of a transaction have the level of the connection.
  mysql: { begin: ['set transaction isolation level read committed', 'begin'], attempts: 5 },
  sqlite: { begin: ['begin immediate'], attempts: 1 }
}

const DIALECTS: Readonly<Record<DialectName, (driver: Driver) => Dialect>> = {
  postgres: (driver) =>
    dialectOf(driver, new PostgresAdapter(), new PostgresQueryCompiler(), {
      schemas: sql`select nspname as name from pg_namespace`,
      tables: sql`select tablename as name, schemaname as schema from pg_tables where tablename like 'latchkey%'`
    }),
  mysql: (driver) =>
    dialectOf(driver, new MysqlAdapter(), new MysqlQueryCompiler(), {
      schemas: sql`select schema_name as name from information_schema.schemata`,
      tables: sql`
        select table_name as name, table_schema as ${sql.ref('schema')} from information_schema.tables
        where table_schema = database() and table_name like 'latchkey%'`
    }),
  sqlite: sqliteDialect
}

/** A database through connections that the application lends. */
export function lentDatabase(name: DialectName, borrow: Borrow, timeout: number): OpenDatabase {
  const { driver, close } = lendingDriver(borrow, HABITS[name], timeout)
  const dialect = DIALECTS[name]
  return { name, dialect: dialect(driver(timeout)), unhurried: dialect(driver(Number.POSITIVE_INFINITY)), close }
}

interface Catalog {
  readonly schemas: RawBuilder<SchemaMetadata>
  readonly tables: RawBuilder<Pick<TableMetadata, 'name' | 'schema'>>
}

function dialectOf(driver: Driver, adapter: DialectAdapter, compiler: QueryCompiler, catalog: Catalog): Dialect {
  const release = adapter.releaseMigrationLock.bind(adapter)
  // Does not hide the error of a migration: after it, the connection is closed, and its lock is gone.
  adapter.releaseMigrationLock = (...given) => release(...given).catch(() => {})
  return {
    createDriver: () => driver,
    createAdapter: () => adapter,
    createQueryCompiler: () => compiler,
    createIntrospector: (db) => introspectorOf(db, catalog)
  }
}

// Kysely's own introspectors read every column of every table of the database. They fail when another program drops a table.
function introspectorOf(db: Kysely<unknown>, { schemas, tables }: Catalog): DatabaseIntrospector {
  return {
    async getSchemas() {
      return (await schemas.execute(db)).rows
    },
    async getTables() {
      const { rows } = await tables.execute(db)
      return rows.map((table) => ({ ...table, isView: false, isForeign: false, columns: [] }))
    }
  }
}
