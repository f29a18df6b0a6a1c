import { StoreUnavailableError } from '../errors.ts'
import type { OpenDatabase } from './database.ts'
import type { Loan } from './lending.ts'
import { lentDatabase } from './lent-database.ts'

/** The members of a `Pool` of `pg` that the store uses. */
export interface PostgresConnections {
  connect(): Promise<PostgresConnection>
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

/** The members of a `pg` connection that the store uses. */
export interface PostgresConnection {
  query(text: string, values: unknown[]): Promise<PostgresResult>
  release(discard?: boolean): void
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

/** The members of a result of `pg` that the store uses. */
export interface PostgresResult {
  readonly command: string
  readonly rowCount: number | null
  readonly rows: unknown[]
}

const CHANGES = new Set(['INSERT', 'UPDATE', 'DELETE'])

/** PostgreSQL through a pool of the application. */
export function postgres(pool: PostgresConnections, timeout: number): OpenDatabase {
  const ignore = (): void => {}
  pool.on('error', ignore)
  const opened = lentDatabase('postgres', async () => loanOf(await pool.connect()), timeout)
  return {
    ...opened,
    close() {
      pool.off('error', ignore)
      return opened.close()
    }
  }
}

function loanOf(connection: PostgresConnection): Loan {
  let broken = false
  // The pool does not listen to lent connections, and an error event without a listener would end the process.
  const onError = (): void => void (broken = true)
  connection.on('error', onError)
  return {
    async run(text, values) {
      const { command, rowCount, rows } = await connection.query(text, [...values])
      if (broken) throw new StoreUnavailableError('connection lost')
      return CHANGES.has(command) ? { rows, numAffectedRows: BigInt(Number(rowCount)) } : { rows }
    },
    async end(uncertain) {
      connection.off('error', onError)
      // Closing the connection makes the server roll back its open transaction.
      connection.release(uncertain)
    }
  }
}
