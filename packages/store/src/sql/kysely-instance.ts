import {
  CompiledQuery,
  type DatabaseConnection,
  type Kysely,
  MysqlAdapter,
  PostgresAdapter,
  type QueryResult,
  SqliteAdapter
} from 'kysely'
import { StoreSetupError } from '../errors.ts'
import type { DialectName, OpenDatabase } from './database.ts'
import type { Loan } from './lending.ts'
import { lentDatabase } from './lent-database.ts'
import { mysqlSessions } from './mysql-session.ts'
import { withTextsAndNumbers } from './numbers.ts'

/** A Kysely instance of the application, with any tables. */
export type KyselyInstance = Pick<Kysely<unknown>, 'getExecutor' | 'isTransaction'>

type Prepare = (loan: Loan, connection: object) => Promise<Loan>

/** The kind of database of a Kysely instance, or `undefined` if the store does not support it. */
export function dialectNameOf(kysely: KyselyInstance): DialectName | undefined {
  const { adapter } = kysely.getExecutor()
  if (adapter instanceof PostgresAdapter) return 'postgres'
  if (adapter instanceof MysqlAdapter) return 'mysql'
  if (adapter instanceof SqliteAdapter) return 'sqlite'
  return undefined
}

/**
 * A database through a Kysely instance. The store uses its connections only: its plugins do not see the store's statements. A
 * connection with an unanswered statement is not closed, because Kysely cannot do it. It is given back when the statement has
 * ended and its transaction is rolled back.
 */
export function throughKysely(kysely: KyselyInstance, name: DialectName, timeout: number): OpenDatabase {
  const prepares: Readonly<Record<DialectName, Prepare>> = {
    postgres: async (loan) => loan,
    mysql: mysqlSessions(timeout),
    sqlite: withForeignKeys
  }
  return lentDatabase(name, async () => borrow(kysely, prepares[name]), timeout)
}

function borrow(kysely: KyselyInstance, prepare: Prepare): Promise<Loan> {
  return new Promise((resolve, reject) => {
    kysely
      .getExecutor()
      .provideConnection(
        (connection) =>
          new Promise<void>((giveBack) => {
            prepare(loanOf(connection, giveBack), connection).then(resolve, reject)
          })
      )
      .catch(reject)
  })
}

function loanOf(connection: DatabaseConnection, giveBack: () => void): Loan {
  const pending = new Set<Promise<unknown>>()
  return {
    run,
    async end(uncertain) {
      if (uncertain) {
        await Promise.allSettled(pending)
        await run('rollback', []).catch(() => {})
      }
      giveBack()
    }
  }

  function run(sql: string, parameters: readonly unknown[]): Promise<QueryResult<unknown>> {
    const running = connection.executeQuery(CompiledQuery.raw(sql, [...parameters]))
    pending.add(running)
    const settled = (): void => void pending.delete(running)
    running.then(settled, settled)
    return running
  }
}

/** SQLite deletes the tokens of a family only if the connection checks foreign keys. */
async function withForeignKeys(loan: Loan): Promise<Loan> {
  try {
    const { rows } = withTextsAndNumbers(await loan.run('select foreign_keys as value from pragma_foreign_keys', []))
    if ((rows as { value: number }[])[0]?.value === 1) return loan
    throw new StoreSetupError(
      'sqlStore: the connections of "kysely" do not check foreign keys. Fix: run "pragma foreign_keys = on" when one is opened'
    )
  } catch (error) {
    await loan.end(false)
    throw error
  }
}
