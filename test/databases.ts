import { randomBytes } from 'node:crypto'
import { createConnection } from 'node:net'
import path from 'node:path'
import { Redis } from 'ioredis'
import Database from 'libsql'
import pg from 'pg'
import type { Test } from 'tap'
import type { Place } from '../examples/storage.ts'

/** A kind of database that several processes can share. */
export interface DatabaseKind {
  readonly name: 'PostgreSQL' | 'Redis' | 'SQLite'
  /** Why the tests against it are skipped, or `false`. */
  readonly skip: string | false
  /** Where it listens; `null` for a file. */
  readonly port: number | null
  /** A part of it that is the test's own, and gone after the test. */
  open(t: Test): Promise<TestDatabase>
}

/** A part of a database, for one test. */
export interface TestDatabase {
  /** The same, reached through another port of this machine. */
  placeAt(port?: number): Place
  /** How many refresh tokens there are. */
  count(): Promise<Count>
}

/** Refresh tokens that were exchanged for their successor, and those that still can be. */
export interface Count {
  readonly used: number
  readonly unused: number
}

const POSTGRES_PORT = 5432
const REDIS_PORT = 6379

export const postgres: DatabaseKind & { port: number } = {
  name: 'PostgreSQL',
  port: POSTGRES_PORT,
  skip: (await isListening(POSTGRES_PORT)) ? false : `needs postgresql: none on 127.0.0.1:${POSTGRES_PORT}`,
  async open(t) {
    const schema = ownName()
    const url = (port: number): string => `postgres://postgres@127.0.0.1:${port}/test`
    const pool = new pg.Pool({ connectionString: url(POSTGRES_PORT), max: 1 })
    await pool.query(`create schema ${schema}`)
    t.teardown(async () => {
      await pool.query(`drop schema ${schema} cascade`)
      await pool.end()
    })
    return {
      placeAt: (port = POSTGRES_PORT) => ({ DATABASE_URL: `${url(port)}?options=-csearch_path%3D${schema}` }),
      async count() {
        const { rows } = await pool.query<Row>(`select used_at from ${schema}.latchkey_refresh_token`)
        return countOf(rows)
      }
    }
  }
}

export const redis: DatabaseKind & { port: number } = {
  name: 'Redis',
  port: REDIS_PORT,
  skip: (await isListening(REDIS_PORT)) ? false : `needs redis: none on 127.0.0.1:${REDIS_PORT}`,
  async open(t) {
    const prefix = `${ownName()}:`
    const client = new Redis({ host: '127.0.0.1', port: REDIS_PORT })
    t.teardown(async () => {
      const keys = await client.keys(`${prefix}*`)
      if (keys.length > 0) await client.del(keys)
      client.disconnect()
    })
    return {
      placeAt: (port = REDIS_PORT) => ({ REDIS_URL: `redis://127.0.0.1:${port}/0?keyPrefix=${prefix}` }),
      async count() {
        const keys = await client.keys(`${prefix}*refresh-token:*`)
        const times = await Promise.all(keys.map((key) => client.hget(key, 'used_at')))
        return countOf(times.map((used_at) => ({ used_at })))
      }
    }
  }
}

export const sqlite: DatabaseKind = {
  name: 'SQLite',
  port: null,
  skip: false,
  async open(t) {
    const file = path.join(t.testdir(), 'store.sqlite')
    return {
      placeAt: () => ({ DATABASE_FILE: file }),
      async count() {
        const database = new Database(file, { readonly: true })
        const rows = database.prepare('select used_at from latchkey_refresh_token').all() as Row[]
        database.close()
        return countOf(rows)
      }
    }
  }
}

interface Row {
  readonly used_at: unknown
}

function countOf(rows: readonly Row[]): Count {
  const unused = rows.filter(({ used_at }) => used_at === null).length
  return { used: rows.length - unused, unused }
}

function ownName(): string {
  return `latchkey_test_${randomBytes(6).toString('hex')}`
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.setTimeout(10_000)
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
    function end(listening: boolean): void {
      socket.destroy()
      resolve(listening)
    }
  })
}
