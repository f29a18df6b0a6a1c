// The bare drivers of the stores: what a store sends can be recorded, and sent again without the store.
import { Worker } from 'node:worker_threads'
import Database from 'libsql'
import pg from 'pg'
import { POSTGRES } from '../databases.ts'
import { deleteKeys, openPostgres, openRedis, openSqlite, type OpenStore, type StoreName } from './stores.ts'

/** A statement or a command, which is one round trip. */
export interface Step {
  readonly text: string
  readonly values: readonly unknown[]
}

/** A connection without the store. */
export interface Connection {
  /** Runs the steps in their order, each after the answer to the one before. */
  run(steps: readonly Step[]): Promise<void>
  close(): Promise<void>
}

/** A store whose steps are recorded, and connections to the same data. */
export interface Recorded extends OpenStore {
  readonly steps: Step[]
  connect(): Promise<Connection>
  /** Deletes all refresh tokens. */
  empty(): Promise<void>
}

/** The stores that have a driver. */
export const recorders: Readonly<Record<Exclude<StoreName, 'memory'>, (folder: string) => Promise<Recorded>>> = {
  SQLite: recordSqlite,
  PostgreSQL: recordPostgres,
  Redis: recordRedis
}

const REFRESH_TABLES = ['latchkey_refresh_token', 'latchkey_refresh_family']
/** What a bare driver would not prepare anew each time. */
const MOST_PREPARED = 50

async function recordPostgres(): Promise<Recorded> {
  const steps: Step[] = []
  const opened = await openPostgres((client) => {
    const query = client.query.bind(client) as (text: string, values: unknown[], ...rest: unknown[]) => unknown
    const recorded: typeof query = (text, values, ...rest) => {
      steps.push({ text, values })
      return query(text, values, ...rest)
    }
    Object.assign(client, { query: recorded })
  })
  return {
    ...opened,
    steps,
    async empty() {
      for (const table of REFRESH_TABLES) await opened.pool.query(`delete from ${opened.schema}.${table}`)
    },
    async connect() {
      const client = new pg.Client(POSTGRES)
      await client.connect()
      return {
        async run(all) {
          for (const { text, values } of all) {
            const { command, rowCount } = await client.query(text, [...values])
            if (command === 'UPDATE' && rowCount === 0) throw new Error(`changed nothing: ${text}`)
          }
        },
        close: () => client.end()
      }
    }
  }
}

async function recordRedis(): Promise<Recorded> {
  const opened = await openRedis()
  const steps: Step[] = []
  const { client, prefix } = opened
  const call = client.call.bind(client) as (command: string, ...values: string[]) => Promise<unknown>
  client.call = (command: string, ...values: unknown[]) => {
    steps.push({ text: command, values })
    return call(command, ...(values as string[])) // of the store
  }
  return {
    ...opened,
    steps,
    empty: () => deleteKeys(client, prefix),
    // The store has one connection for all requests.
    connect: async () => ({
      async run(all) {
        for (const { text, values } of all) {
          const answer = await call(text, ...(values as string[])) // of the store
          if (answer === 'used' || answer === 'taken') throw new Error(`changed nothing: ${answer}`)
        }
      },
      close: async () => {}
    })
  }
}

/** What the store sends to its thread. */
interface Task {
  readonly kind?: 'read' | 'write' | 'begin' | 'step' | 'commit' | 'rollback' | 'close'
  readonly sql?: string
  readonly parameters?: readonly unknown[]
}

async function recordSqlite(folder: string): Promise<Recorded> {
  const opened = await openSqlite(folder)
  const steps: Step[] = []
  // The store's connection is in a thread of its own: what it sends there is all that can be seen from outside.
  const post = Reflect.get(Worker.prototype, 'postMessage')
  Worker.prototype.postMessage = function (message: Task, ...rest) {
    steps.push(...sqliteSteps(message))
    post.call(this, message, ...rest)
  }
  const database = new Database(opened.file)
  database.exec(
    'pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on'
  )
  const prepared = new Map<string, ReturnType<typeof database.prepare>>()
  const statement = (text: string): ReturnType<typeof database.prepare> => {
    const known = prepared.get(text) ?? database.prepare(text)
    if (prepared.size < MOST_PREPARED) prepared.set(text, known)
    return known
  }
  return {
    ...opened,
    steps,
    async empty() {
      for (const table of REFRESH_TABLES) database.exec(`delete from ${table}`)
    },
    // One connection, which is synchronous: a transaction is complete before the next one begins.
    connect: async () => ({
      async run(all) {
        for (const { text, values } of all) {
          if (values.length === 0) database.exec(text)
          else if (statement(text).reader) statement(text).all(values)
          else if (statement(text).run(values).changes === 0 && text.startsWith('update')) {
            throw new Error(`changed nothing: ${text}`)
          }
        }
      },
      close: async () => {}
    }),
    async close() {
      await opened.close()
      database.close()
      Worker.prototype.postMessage = post
    }
  }
}

function sqliteSteps({ kind, sql = '', parameters = [] }: Task): readonly Step[] {
  const own = { text: sql, values: parameters }
  const plain = (text: string): Step => ({ text, values: [] })
  if (kind === undefined || kind === 'close') return []
  switch (kind) {
    case 'read':
    case 'step':
      return [own]
    case 'write':
      return [plain('begin immediate'), own, plain('commit')]
    case 'begin':
      return [plain('begin immediate')]
    case 'commit':
    case 'rollback':
      return [plain(kind)]
  }
}
