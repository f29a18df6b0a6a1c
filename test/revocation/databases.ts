import { randomBytes } from 'node:crypto'
import { createConnection } from 'node:net'
import type { Store } from '@latchkey/store'
import { redisStore } from '@latchkey/store/redis'
import { sqlStore } from '@latchkey/store/sql'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { Test } from 'tap'

/** A kind of database that several processes can share. */
export interface SharedDatabase {
  readonly name: string
  /** Why the tests against it are skipped, or `false`. */
  readonly skip: string | false
  /** Gives stores with connections of their own, as two processes have them, and clears up after the test. */
  open(t: Test): Promise<() => Store>
}

export const redis: SharedDatabase = {
  name: 'Redis',
  skip: (await isListening(6379)) ? false : 'needs redis: none on 127.0.0.1:6379',
  async open(t) {
    const prefix = `${ownName()}:`
    const clients: Redis[] = []
    t.teardown(async () => {
      const [client, ...others] = clients
      const keys = await client?.keys(`${prefix}*`)
      if (client && keys && keys.length > 0) await client.del(keys)
      for (const each of [client, ...others]) each?.disconnect()
    })
    return () => {
      const client = new Redis({ host: '127.0.0.1', port: 6379 })
      clients.push(client)
      return redisStore({ client, prefix })
    }
  }
}

export const postgres: SharedDatabase = {
  name: 'PostgreSQL',
  skip: (await isListening(5432)) ? false : 'needs postgresql: none on 127.0.0.1:5432',
  async open(t) {
    const schema = ownName()
    const pools: pg.Pool[] = []
    const connect = (): pg.Pool => {
      const pool = new pg.Pool({ connectionString: 'postgres://postgres@127.0.0.1:5432/test', max: 2 })
      pools.push(pool)
      return pool
    }
    const first = connect()
    t.teardown(async () => {
      await first.query(`drop schema if exists ${schema} cascade`)
      await Promise.all(pools.map(async (pool) => pool.end()))
    })
    await sqlStore({ pool: first, schema }).migrate()
    return () => sqlStore({ pool: connect(), schema })
  }
}

function ownName(): string {
  return `latchkey_test_${randomBytes(6).toString('hex')}`
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    function end(listening: boolean): void {
      socket.destroy()
      resolve(listening)
    }
  })
}
