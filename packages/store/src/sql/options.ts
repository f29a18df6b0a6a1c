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
