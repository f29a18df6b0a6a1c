import type { QueryResult, Selectable } from 'kysely'
import type { Schema } from './schema.ts'

type NumericIn<Row> = { [Column in keyof Row]: Extract<Row[Column], number> extends never ? never : Column }[keyof Row]
type NumericColumn = { [Table in keyof Schema]: NumericIn<Selectable<Schema[Table]>> }[keyof Schema]

/** The names under which statements of the store return numbers. No column with such a name has texts. */
const NUMERIC: ReadonlySet<string> = new Set(
  Object.keys({
    active_from: true,
    authenticated_at: true,
    created_at: true,
    disabled: true,
    expires_at: true,
    family_expires_at: true,
    generation: true,
    hits: true,
    last_seen_at: true,
    position: true,
    resets_at: true,
    revoked_at: true,
    time: true,
    used_at: true,
    value: true
  } satisfies Record<NumericColumn | 'family_expires_at' | 'time', true>)
)

/**
 * Converts the values of a result to texts and numbers, in place. Drivers return `bigint` columns as texts, numbers or BigInts,
 * depending on the settings of the application. The store's values fit into a number. Binary columns of MySQL arrive as bytes.
 */
export function withTextsAndNumbers<Row>(result: QueryResult<Row>): QueryResult<Row> {
  for (const row of result.rows as Record<string, unknown>[]) {
    for (const [name, given] of Object.entries(row)) {
      const value = given instanceof Uint8Array ? Buffer.from(given).toString() : given
      row[name] = NUMERIC.has(name) && value !== null ? Number(value) : value
    }
  }
  return result
}
