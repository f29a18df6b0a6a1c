import { Kysely } from 'kysely'
import type { Store } from '../store.ts'
import { sqlAccounts } from './accounts.ts'
import { sqlDpopReplay } from './dpop-replay.ts'
import { migrate } from './migrations.ts'
import { checkSqlOptions, type SqlStoreOptions } from './options.ts'
import { type PostgresConnection, type PostgresConnections, postgres } from './postgres.ts'
import { sqlRefreshTokens } from './refresh-tokens.ts'
import { sqlRevocations } from './revocations.ts'
import type { Schema } from './schema.ts'
import { sqlSessions } from './sessions.ts'
import { sqlSigningKeys } from './signing-keys.ts'
import { sqlite } from './sqlite.ts'
import { sqlThrottle } from './throttle.ts'
import { sqlUpstreamTokens } from './upstream-tokens.ts'

export type { PostgresConnection, PostgresConnections, SqlStoreOptions }

/** A store in a SQL database. */
export interface SqlStore extends Store {
  /**
   * Makes the tables, or brings them to the version that this package needs. To be called before anything else; does
   * nothing when there is nothing to do, and is safe when several processes start at once.
   */
  migrate(): Promise<void>
}

/**
 * A store in PostgreSQL, for any number of machines, or in a file of SQLite, for any number of processes on one machine.
 * What does not answer within `timeout` rejects with {@link StoreUnavailableError}. Expired rows are swept while the
 * store is used, a thousand at a time. Does not make its tables by itself: see {@link SqlStore.migrate}.
 *
 * @throws TypeError when an option is missing, unknown or ill-typed
 */
export function sqlStore(options: SqlStoreOptions): SqlStore {
  const { file, pool, schema, timeout, now } = checkSqlOptions(options)
  const { dialect, close } = pool === undefined ? sqlite(file, timeout) : postgres(pool, timeout)
  const plain = new Kysely<Schema>({ dialect })
  const db = schema === undefined ? plain : plain.withSchema(schema)
  const database = Object.freeze({ db, locksRows: pool !== undefined, now })
  return Object.freeze({
    accounts: sqlAccounts(database),
    dpopReplay: sqlDpopReplay(database),
    refreshTokens: sqlRefreshTokens(database),
    revocations: sqlRevocations(database),
    sessions: sqlSessions(database),
    signingKeys: sqlSigningKeys(database),
    throttle: sqlThrottle(database),
    upstreamTokens: sqlUpstreamTokens(database),
    migrate: () => migrate(database, schema),
    close: async () => close()
  })
}
