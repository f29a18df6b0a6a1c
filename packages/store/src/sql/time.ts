import { type RawBuilder, sql } from 'kysely'
import type { DialectName } from './database.ts'

/** The time of a database when a statement runs, since the epoch, in whole units. */
export interface DatabaseTime {
  readonly seconds: RawBuilder<number>
  readonly milliseconds: RawBuilder<number>
  readonly microseconds: RawBuilder<number>
}

// Does not depend on the time zone of the session. It is the time at which the statement began.
const MYSQL_MICROSECONDS = sql<number>`timestampdiff(microsecond, '1970-01-01', utc_timestamp(6))`

/** The time of a database, as expressions of each dialect. */
export const DATABASE_TIME: Readonly<Record<DialectName, DatabaseTime>> = {
  mysql: {
    seconds: sql`${MYSQL_MICROSECONDS} div 1000000`,
    milliseconds: sql`${MYSQL_MICROSECONDS} div 1000`,
    microseconds: MYSQL_MICROSECONDS
  },
  // clock_timestamp() advances during a transaction; now() does not.
  postgres: unitsOf(sql`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`),
  sqlite: unitsOf(sql`cast((julianday('now') - 2440587.5) * 86400000 as integer)`)
}

function unitsOf(milliseconds: RawBuilder<number>): DatabaseTime {
  return { seconds: sql`${milliseconds} / 1000`, milliseconds, microseconds: sql`${milliseconds} * 1000` }
}
