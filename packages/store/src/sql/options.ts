import * as o from '@latchkey/options'
import type { DialectName } from './database.ts'
import { dialectNameOf, type KyselyInstance } from './kysely-instance.ts'
import type { MysqlConnections, MysqlPromiseConnections } from './mysql.ts'
import type { PostgresConnections } from './postgres.ts'

/** The options of {@link sqlStore}: one of `pool`, `kysely` and `file`. */
export interface SqlStoreOptions {
  /**
   * A `Pool` of `pg` for PostgreSQL, or a pool of `mysql2` or `mysql2/promise` for MySQL and MariaDB. The application owns it:
   * closing the store does not end it. The store listens to the `error` event of a pool of `pg`, so that a connection that breaks
   * while idle does not end the process.
   */
  pool?: PostgresConnections | MysqlConnections | MysqlPromiseConnections
  /**
   * A `Kysely` instance for PostgreSQL, MySQL, MariaDB or SQLite. The application owns it: closing the store does not destroy
   * it. The store uses its connections, and neither its plugins nor its types. A statement that does not answer keeps its
   * connection until it ends. The instance's `log` function sees the store's statements with their values.
   */
  kysely?: KyselyInstance
  /**
   * The path of a SQLite file, or `:memory:`. A missing file is created with mode 0600. The file is opened at once, through
   * `libsql` in a separate thread, and closed with the store. A database in memory is lost if the thread crashes.
   */
  file?: string
  /**
   * The schema of the tables, PostgreSQL only. `migrate()` creates it when it is missing. Default: the first schema of the
   * connection's `search_path`, usually `public`. The tables of MySQL and MariaDB are in the database of the connection.
   */
  schema?: string
  /**
   * How long to wait for a connection, for each statement, and except with `file` for all statements of one change, in
   * milliseconds. With `file`, the wait for the connection includes the statements of other callers. Default: 5000.
   */
  timeout?: number
  /**
   * The clock of this process in milliseconds since the epoch. It is compared with the clock of the database, which gives all
   * stored times. Default: `Date.now`.
   */
  now?: () => number
}

/** Where a store is. */
export type Place =
  | { readonly postgres: PostgresConnections }
  | { readonly mysql: MysqlConnections | MysqlPromiseConnections }
  | { readonly kysely: KyselyInstance; readonly name: DialectName }
  | { readonly file: string }

interface ResolvedOptions {
  readonly place: Place
  readonly schema: string | undefined
  readonly timeout: number
  readonly now: () => number
}

const NAME = 'sqlStore()'

const schema = o.members({
  pool: o.optional(o.must('be a Pool of pg, or a pool of mysql2', isPool)),
  kysely: o.optional(o.must('be a Kysely instance', isKysely)),
  file: o.optional(o.must('be the path of a file', o.isText)),
  schema: o.optional(o.must('be the name of a schema', o.isText)),
  timeout: o.optional(o.integer(1, Number.POSITIVE_INFINITY, 'milliseconds'), 5_000),
  now: o.clock
})

/**
 * Checks the options and adds the defaults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: SqlStoreOptions): ResolvedOptions {
  const { pool, kysely, file, ...settings } = o.checkOptions(NAME, schema, given)
  const [place, other] = [
    pool && placeOf(pool),
    kysely && placeThrough(kysely),
    file === undefined ? undefined : { file }
  ].filter((one) => one !== undefined)
  if (place === undefined) {
    throw refusal(
      'pool, kysely and file are missing. Fix: give a pool of pg or mysql2, a Kysely instance, or a file for SQLite'
    )
  }
  if (other !== undefined) throw refusal('pool, kysely and file exclude each other. Fix: give one of them')
  if (settings.schema !== undefined && !isPostgres(place)) {
    throw refusal('schema is for PostgreSQL. Fix: remove it, or give a pool of pg')
  }
  return { place, ...settings }
}

function placeOf(pool: NonNullable<SqlStoreOptions['pool']>): Place {
  return 'connect' in pool ? { postgres: pool } : { mysql: pool }
}

function placeThrough(kysely: KyselyInstance): Place {
  if (kysely.isTransaction) {
    throw refusal('kysely must not be a transaction: it ends before the store. Fix: give the instance that began it')
  }
  const name = dialectNameOf(kysely)
  if (name !== undefined) return { kysely, name }
  throw refusal(
    'kysely must be for PostgreSQL, MySQL, MariaDB or SQLite. Fix: use the adapter of that dialect of kysely'
  )
}

function isPostgres(place: Place): boolean {
  return 'postgres' in place || ('name' in place && place.name === 'postgres')
}

function refusal(reason: string): o.RegistrationError {
  return new o.RegistrationError(NAME, reason)
}

function isPool(value: unknown): value is NonNullable<SqlStoreOptions['pool']> {
  if (!o.isObject(value)) return false
  if ('connect' in value) return 'on' in value
  return 'getConnection' in ('pool' in value && o.isObject(value.pool) ? value.pool : value)
}

function isKysely(value: unknown): value is KyselyInstance {
  return o.isObject(value) && 'getExecutor' in value && 'isTransaction' in value
}
