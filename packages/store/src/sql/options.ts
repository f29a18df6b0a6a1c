import * as o from '@latchkey/options'
import type { PostgresConnections } from './postgres.ts'

/** The options of {@link sqlStore}: `pool` for PostgreSQL, or `file` for SQLite. */
export interface SqlStoreOptions {
  /**
   * A `Pool` of `pg`. The application owns it: closing the store does not end it. The store listens to its `error` event, so
   * that a connection that breaks while idle does not end the process.
   */
  pool?: PostgresConnections
  /**
   * The path of a SQLite file, or `:memory:`. A missing file is created with mode 0600. The file is opened at once, through
   * `libsql` in a separate thread, and closed with the store. A database in memory is lost if the thread crashes.
   */
  file?: string
  /**
   * The schema of the tables, PostgreSQL only. `migrate()` creates it when it is missing. Default: the first schema of the
   * connection's `search_path`, usually `public`.
   */
  schema?: string
  /**
   * How long to wait for a connection, for each statement, and with PostgreSQL for all statements of one change, in
   * milliseconds. With SQLite, the wait for the connection includes the statements of other callers. Default: 5000.
   */
  timeout?: number
  /**
   * The clock of this process in milliseconds since the epoch. It is compared with the clock of the database, which gives all
   * stored times. Default: `Date.now`.
   */
  now?: () => number
}

interface ResolvedOptions {
  readonly schema: string | undefined
  readonly timeout: number
  readonly now: () => number
}

type Place =
  | { readonly pool: PostgresConnections; readonly file?: undefined }
  | { readonly pool?: undefined; readonly file: string }

const NAME = 'sqlStore()'

const schema = o.members({
  pool: o.optional(o.must('be a Pool of pg', isPool)),
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
export function resolveOptions(given: SqlStoreOptions): ResolvedOptions & Place {
  const { pool, file, ...settings } = o.checkOptions(NAME, schema, given)
  if (file === undefined && pool !== undefined) return { pool, ...settings }
  if (file !== undefined && (pool ?? settings.schema) === undefined) return { file, ...settings }
  throw new o.RegistrationError(
    NAME,
    file === undefined
      ? 'pool must be a Pool of pg; got undefined. Fix: give a pool for PostgreSQL, or a file for SQLite'
      : 'file is for SQLite, and pool and schema are for PostgreSQL. Fix: give one or the other'
  )
}

function isPool(value: unknown): value is PostgresConnections {
  return o.isObject(value) && 'connect' in value && 'on' in value
}
