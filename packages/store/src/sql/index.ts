import { type Dialect, Kysely } from 'kysely'
import { databaseClock } from '../database-clock.ts'
import { clockOfMemory } from '../memory-in-production.ts'
import { storableOnly } from '../storable.ts'
import type { Store } from '../store.ts'
import { sqlAccounts } from './accounts.ts'
import { sqlDpopReplay } from './dpop-replay.ts'
import type { OpenDatabase } from './database.ts'
import { type KyselyInstance, throughKysely } from './kysely-instance.ts'
import { checkTables, migrate } from './migrations.ts'
import {
  type MysqlConnection,
  type MysqlConnections,
  type MysqlPromiseConnections,
  type MysqlQuery,
  mysql
} from './mysql.ts'
import { type Place, resolveOptions, type SqlStoreOptions } from './options.ts'
import { type PostgresConnection, type PostgresConnections, type PostgresResult, postgres } from './postgres.ts'
import { sqlRecords } from './records.ts'
import { sqlRefreshTokens } from './refresh-tokens.ts'
import { sqlRevocations } from './revocations.ts'
import type { Schema } from './schema.ts'
import { sqlSessions } from './sessions.ts'
import { sqlSigningKeys } from './signing-keys.ts'
import { sqlite } from './sqlite.ts'
import { sqlThrottle } from './throttle.ts'
import { DATABASE_TIME } from './time.ts'
import { sqlUpstreamTokens } from './upstream-tokens.ts'

export type {
  KyselyInstance,
  MysqlConnection,
  MysqlConnections,
  MysqlPromiseConnections,
  MysqlQuery,
  PostgresConnection,
  PostgresConnections,
  PostgresResult,
  SqlStoreOptions
}

/** A store in a SQL database. */
export interface SqlStore extends Store {
  /**
   * Creates the tables, or updates them to the version that this package needs. Call it before any other method. Does nothing
   * when the tables are up to date. Safe when several processes start at once.
   *
   * @throws StoreSetupError when a newer version of this package has changed the tables
   */
  migrate(): Promise<void>
}

/**
 * Makes a store in PostgreSQL, MySQL or MariaDB, for any number of machines, or in a SQLite file, for any number of processes on
 * one machine. An operation without an answer within `timeout` rejects with {@link StoreUnavailableError}. Expired rows are removed while the
 * store is used, a thousand at a time. Does not create its tables automatically: see {@link SqlStore.migrate}.
 *
 * @example
 * ```ts
 * const store = sqlStore({ file: 'latchkey.db' })
 * await store.migrate()
 * ```
 * @throws RegistrationError when an option is missing, unknown or ill-typed
 */
export function sqlStore(options: SqlStoreOptions): SqlStore {
  const { place, schema, timeout, now } = resolveOptions(options)
  const { name, dialect, unhurried = dialect, runInOrder, isInMemory = false, close } = open(place, timeout)
  const { seconds, milliseconds, microseconds } = DATABASE_TIME[name]
  const db = through(dialect)
  const databaseTime = databaseClock(async () => {
    const { time } = await db.selectNoFrom(milliseconds.as('time')).executeTakeFirstOrThrow()
    return time
  }, now)
  const clock = isInMemory ? clockOfMemory(databaseTime) : databaseTime
  const locksRows = name !== 'sqlite'
  const database = Object.freeze({ db, name, locksRows, runInOrder, timeout, now, clock, seconds, microseconds })
  return Object.freeze({
    accounts: storableOnly(sqlAccounts(database)),
    dpopReplay: storableOnly(sqlDpopReplay(database)),
    records: storableOnly(sqlRecords(database)),
    refreshTokens: storableOnly(sqlRefreshTokens(database)),
    revocations: storableOnly(sqlRevocations(database)),
    sessions: storableOnly(sqlSessions(database)),
    signingKeys: storableOnly(sqlSigningKeys(database)),
    throttle: storableOnly(sqlThrottle(database)),
    upstreamTokens: storableOnly(sqlUpstreamTokens(database)),
    clock,
    timeout,
    check: () => checkTables(database),
    migrate: () => migrate({ ...database, db: through(unhurried) }, schema),
    close: async () => close()
  })

  function through(dialect: Dialect): Kysely<Schema> {
    const plain = new Kysely<Schema>({ dialect })
    return schema === undefined ? plain : plain.withSchema(schema)
  }
}

function open(place: Place, timeout: number): OpenDatabase {
  if ('file' in place) return sqlite(place.file, timeout)
  if ('kysely' in place) return throughKysely(place.kysely, place.name, timeout)
  return 'postgres' in place ? postgres(place.postgres, timeout) : mysql(place.mysql, timeout)
}
