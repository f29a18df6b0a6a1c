import { type RawBuilder, sql } from 'kysely'

/** The time of a database in milliseconds since the epoch, as an expression of each dialect. */
export const MILLISECONDS: Readonly<Record<'postgres' | 'sqlite', RawBuilder<number>>> = {
  // clock_timestamp() advances during a transaction; now() does not.
  postgres: sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`,
  sqlite: sql<number>`cast((julianday('now') - 2440587.5) * 86400000 as integer)`
}

/** The time of a database in whole seconds, and in microseconds. */
export function unitsOf(milliseconds: RawBuilder<number>): Record<'seconds' | 'microseconds', RawBuilder<number>> {
  return { seconds: sql<number>`${milliseconds} / 1000`, microseconds: sql<number>`${milliseconds} * 1000` }
}
