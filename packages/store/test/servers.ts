import { randomBytes } from 'node:crypto'
import { createConnection } from 'node:net'
import { Redis, type RedisOptions } from 'ioredis'
import pg from 'pg'

const POSTGRES = 'postgres://postgres@127.0.0.1:5432/test'

/** Why the tests against PostgreSQL are skipped, or `false`. */
export const noPostgres: string | false = (await isListening(5432)) ? false : 'needs postgresql: none on 127.0.0.1:5432'

/** Why the tests against Redis are skipped, or `false`. */
export const noRedis: string | false = (await isListening(6379)) ? false : 'needs redis: none on 127.0.0.1:6379'

/** A name for a schema or prefix that no other run uses. */
export const ownName = `latchkey_test_${randomBytes(6).toString('hex')}`

/** A pool of connections to the PostgreSQL of the tests. */
export function postgresPool(settings: pg.PoolConfig = {}): pg.Pool {
  return new pg.Pool({ connectionString: POSTGRES, max: 8, ...settings })
}

/** A client of the Redis of the tests. */
export function ioredis(settings: RedisOptions = {}): Redis {
  return new Redis({ host: '127.0.0.1', port: 6379, ...settings })
}

/** Deletes every key with a prefix. */
export async function clear(client: Redis, prefix: string): Promise<void> {
  const keys = await client.keys(`${prefix}*`)
  if (keys.length > 0) await client.del(keys)
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
