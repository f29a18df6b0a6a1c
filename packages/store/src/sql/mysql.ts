import type { QueryResult } from 'kysely'
import type { OpenDatabase } from './database.ts'
import type { Loan } from './lending.ts'
import { lentDatabase } from './lent-database.ts'
import { mysqlSessions } from './mysql-session.ts'

type Answered<Answer> = (error: Error | null, answer: Answer) => void

/** The members of a pool of `mysql2` that the store uses. */
export interface MysqlConnections {
  getConnection(answered: Answered<MysqlConnection>): void
}

/** The members of a pool of `mysql2/promise` that the store uses. */
export interface MysqlPromiseConnections {
  readonly pool: MysqlConnections
}

/** The members of a `mysql2` connection that the store uses. */
export interface MysqlConnection {
  query(options: MysqlQuery, answered: Answered<unknown>): unknown
  release(): void
  destroy(): void
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

/** The options of a query that the store sets. They override those of the pool. */
export interface MysqlQuery {
  readonly sql: string
  readonly values: unknown[]
  readonly typeCast: (field: unknown, next: () => unknown) => unknown
  readonly rowsAsArray: false
  readonly nestTables: false
}

/** MySQL or MariaDB through a pool of the application. */
export function mysql(given: MysqlConnections | MysqlPromiseConnections, timeout: number): OpenDatabase {
  const pool = 'pool' in given ? given.pool : given
  const prepare = mysqlSessions(timeout)
  return lentDatabase(
    'mysql',
    async () => {
      const connection = await answer<MysqlConnection>((answered) => pool.getConnection(answered))
      return prepare(loanOf(connection), connection)
    },
    timeout
  )
}

function loanOf(connection: MysqlConnection): Loan {
  // An error event without a listener would end the process.
  connection.on('error', ignore)
  return {
    async run(sql, values) {
      const options: MysqlQuery = { sql, values: [...values], typeCast: uncast, rowsAsArray: false, nestTables: false }
      return resultOf(await answer((answered) => connection.query(options, answered)))
    },
    async end(uncertain) {
      // Closing the connection makes the server roll back its open transaction. A closed connection may still emit errors.
      if (uncertain) connection.destroy()
      else {
        connection.off('error', ignore)
        connection.release()
      }
    }
  }
}

// A function, because `mysql2` prefers a function of the pool to `true` of a query.
function uncast(_field: unknown, next: () => unknown): unknown {
  return next()
}

function resultOf(answer: unknown): QueryResult<unknown> {
  if (Array.isArray(answer)) return { rows: answer }
  // Cast: a statement that returns no rows has this answer.
  return { rows: [], numAffectedRows: BigInt((answer as { affectedRows: number }).affectedRows) }
}

function answer<Answer>(ask: (answered: Answered<Answer>) => unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    ask((error, answer) => (error ? reject(error) : resolve(answer)))
  })
}

function ignore(): void {}
