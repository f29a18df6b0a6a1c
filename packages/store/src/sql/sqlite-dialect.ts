import { type Dialect, type Driver, SqliteAdapter, type SqliteDatabase, SqliteDialect } from 'kysely'

class AdapterWithTurns extends SqliteAdapter {
  /** Kysely's own queue for a single connection has no time limit. */
  override get supportsMultipleConnections(): boolean {
    return true
  }

  /** A transaction that begins with a write lock is also the lock for migrations of several processes. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** SQLite with a driver whose transactions begin with a write lock. */
export function sqliteDialect(driver: Driver): Dialect {
  const dialect = new SqliteDialect({ database: {} as SqliteDatabase }) // only used by the driver that it would create
  dialect.createDriver = () => driver
  dialect.createAdapter = () => new AdapterWithTurns()
  return dialect
}
