import type { PostgresConnections } from './postgres.ts'

/** Where {@link sqlStore} keeps everything: in PostgreSQL, given a `pool`, or in SQLite, given a `file`. */
export interface SqlStoreOptions {
  /**
   * A `Pool` of `pg`. It stays the application's: the store listens to its `error` event, so that a connection that
   * breaks while idle does not end the process, and does not end the pool when it is closed.
   */
  pool?: PostgresConnections
  /**
   * The path of a file of SQLite, made for its owner alone when it is not there, or `:memory:`. It is opened at once,
   * through `libsql` in a thread of its own, and closed with the store. A database in memory is lost if the thread
   * crashes.
   */
  file?: string
  /**
   * The schema with the tables, PostgreSQL only; `migrate()` makes it when it is missing. Default: the first one of the
   * connection's `search_path`, usually `public`.
   */
  schema?: string
  /**
   * How long to wait for a connection, for each statement, and with PostgreSQL for all statements of one change, in
   * milliseconds. With SQLite, the wait for the connection includes the statements of other callers. Default: 5000.
   */
  timeout?: number
  /**
   * The clock of this process in milliseconds since the epoch, to compare with the database's, by which all times go.
   * Default: `Date.now`.
   */
  now?: () => number
}

interface Settings {
  readonly schema: string | undefined
  readonly timeout: number
  readonly now: () => number
}

type Place =
  | { readonly pool: PostgresConnections; readonly file?: undefined }
  | { readonly pool?: undefined; readonly file: string }

const CHECKS = new Map<string, [holds: (value: unknown) => boolean, fix: string]>([
  ['pool', [isPool, 'must be a Pool of pg']],
  ['file', [(value) => typeof value === 'string' && value !== '', 'must be the path of a file']],
  ['schema', [(value) => typeof value === 'string' && value !== '', 'must be the name of a schema']],
  [
    'timeout',
    [(value) => Number.isInteger(value) && Number(value) > 0, 'must be a whole number of milliseconds from 1']
  ],
  ['now', [(value) => typeof value === 'function', 'must be a function']]
])

/** The options with their defaults. */
export function checkSqlOptions(options: SqlStoreOptions): Settings & Place {
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    const check = CHECKS.get(name)
    if (check === undefined) {
      throw new TypeError(`sqlStore: option "${name}" does not exist: the options are ${[...CHECKS.keys()].join(', ')}`)
    }
    const [holds, fix] = check
    if (value !== undefined && !holds(value)) throw new TypeError(`sqlStore: option "${name}" ${fix}`)
  }
  const { pool, file, schema, timeout = 5_000, now = Date.now } = options
  if (file !== undefined && (pool ?? schema) !== undefined) {
    throw new TypeError(
      'sqlStore: option "file" is for SQLite, "pool" and "schema" are for PostgreSQL: give one or the other'
    )
  }
  if (file !== undefined) return { file, schema, timeout, now }
  if (pool === undefined) throw new TypeError('sqlStore: option "pool" is missing: give a Pool of pg, or a file')
  return { pool, schema, timeout, now }
}

function isPool(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'connect' in value && 'on' in value
}
