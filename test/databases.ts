import path from 'node:path'
import { Redis } from 'ioredis'
import Database from 'libsql'
import mysql from 'mysql2/promise'
import pg from 'pg'
import type { Test } from 'tap'
import { clear, skipWithout, uniqueName } from '@latchkey/exact/servers'
import type { Place } from '../examples/storage.ts'

/** A kind of database that several processes can share. */
export interface DatabaseKind {
  readonly name: 'MariaDB' | 'PostgreSQL' | 'Redis' | 'SQLite'
  /** The reason to skip the tests against it, or `false`. */
  readonly skip: string | false
  /** The port on which it listens; `null` for a file. */
  readonly port: number | null
  /** Opens a part of it for one test, and deletes it after the test. */
  open(t: Pick<Test, 'teardown' | 'testdir'>): Promise<TestDatabase>
}

/** A part of a database, for one test. */
export interface TestDatabase {
  /** Returns the address of this part, through another port of this machine if one is given. */
  placeAt(port?: number): Place
  /** Counts the refresh tokens. */
  count(): Promise<Count>
}

/** Refresh tokens that were exchanged for their successor, and those that still can be. */
export interface Count {
  readonly used: number
  readonly unused: number
}

const POSTGRES_PORT = 5432
const REDIS_PORT = 6379
const MARIADB_PORT = 3306

export const postgres: DatabaseKind & { port: number } = {
  name: 'PostgreSQL',
  port: POSTGRES_PORT,
  skip: await skipWithout('postgresql', POSTGRES_PORT),
  async open(t) {
    const schema = uniqueName()
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

export const mariadb: DatabaseKind & { port: number } = {
  name: 'MariaDB',
  port: MARIADB_PORT,
  skip: await skipWithout('mariadb', MARIADB_PORT),
  async open(t) {
    const database = uniqueName()
    const url = (port: number): string => `mysql://root@127.0.0.1:${port}`
    const pool = mysql.createPool({ uri: url(MARIADB_PORT), connectionLimit: 1 })
    await pool.query(`create database ${database}`)
    t.teardown(async () => {
      await pool.query(`drop database ${database}`)
      await pool.end()
    })
    return {
      placeAt: (port = MARIADB_PORT) => ({ MYSQL_URL: `${url(port)}/${database}` }),
      async count() {
        const [rows] = await pool.query<(Row & mysql.RowDataPacket)[]>(
          `select used_at from ${database}.latchkey_refresh_token`
        )
        return countOf(rows)
      }
    }
  }
}

export const redis: DatabaseKind & { port: number } = {
  name: 'Redis',
  port: REDIS_PORT,
  skip: await skipWithout('redis', REDIS_PORT),
  async open(t) {
    const prefix = `${uniqueName()}:`
    const client = new Redis({ host: '127.0.0.1', port: REDIS_PORT })
    t.teardown(async () => {
      await clear(client, prefix)
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
