import { inTime } from '../timeout.ts'
import type { Loan } from './lending.ts'
import { withTextsAndNumbers } from './numbers.ts'

// Without a strict mode, the server cuts values that are too long. Without autocommit, a single statement is lost. Without
// foreign_key_checks, the tokens of a deleted family stay. With sql_safe_updates, a deletion by time is refused. With
// sql_select_limit, lists are cut.
const NO_SELECT_LIMIT = '18446744073709551615'
const IS_FIT = `
select @@session.sql_mode like '%STRICT_%'
  and @@session.sql_mode not like '%EMPTY_STRING_IS_NULL%'
  and @@session.autocommit = 1
  and @@session.foreign_key_checks = 1
  and @@session.sql_safe_updates = 0
  and @@session.sql_select_limit = ${NO_SELECT_LIMIT} as value`

const ADAPT = `
set @latchkey_sql_mode = @@session.sql_mode,
  @latchkey_autocommit = @@session.autocommit,
  @latchkey_foreign_key_checks = @@session.foreign_key_checks,
  @latchkey_sql_safe_updates = @@session.sql_safe_updates,
  @latchkey_sql_select_limit = @@session.sql_select_limit,
  session sql_mode = 'STRICT_ALL_TABLES',
  session autocommit = 1,
  session foreign_key_checks = 1,
  session sql_safe_updates = 0,
  session sql_select_limit = ${NO_SELECT_LIMIT}`

const RESTORE = `
set session sql_mode = @latchkey_sql_mode,
  session autocommit = @latchkey_autocommit,
  session foreign_key_checks = @latchkey_foreign_key_checks,
  session sql_safe_updates = @latchkey_sql_safe_updates,
  session sql_select_limit = @latchkey_sql_select_limit`

/**
 * Makes a function that prepares a lent connection of MySQL or MariaDB. It reads the settings of the session when it sees a
 * connection for the first time. Settings that do not fit are changed for each loan, and restored at its end.
 *
 * @param timeout - the limit for each statement, in milliseconds
 */
export function mysqlSessions(timeout: number): (loan: Loan, connection: object) => Promise<Loan> {
  const fit = new WeakSet()
  return async ({ run, end }, connection) => {
    const loan: Loan = { run: async (sql, parameters) => run(sql, parameters.map(bytesOf)), end }
    if (fit.has(connection)) return loan
    try {
      const { rows } = withTextsAndNumbers(await inTime(run(IS_FIT, []), timeout))
      if ((rows as { value: number }[])[0]?.value === 1) {
        fit.add(connection)
        return loan
      }
      await inTime(run(ADAPT, []), timeout)
      return { ...loan, end: restore }
    } catch (error) {
      void end(true)
      throw error
    }

    async function restore(uncertain: boolean): Promise<void> {
      const restored = inTime(run(RESTORE, []), timeout).then(
        () => true,
        () => false
      )
      await end(!(await restored) || uncertain)
    }
  }
}

/**
 * Texts are sent as their UTF-8 bytes, which the driver writes in hexadecimal. So neither the character set of the connection
 * nor the mode NO_BACKSLASH_ESCAPES changes them.
 */
function bytesOf(value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value) : value
}
