import path from 'node:path'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { redisStore } from '@latchkey/store/redis'
import { sqlStore } from '@latchkey/store/sql'
import { Redis } from 'ioredis'
import pg from 'pg'
import { noPostgres, noRedis, POSTGRES, REDIS, uniqueName } from '../databases.ts'

export const storeNames = ['memory', 'SQLite', 'PostgreSQL', 'Redis'] as const
export type StoreName = (typeof storeNames)[number]

/** How many requests for tokens are under way at once, and so the most connections to PostgreSQL. */
export const AT_ONCE = 16

/** A store that is used by nothing else. */
export interface OpenStore {
  readonly store: Store
  /** Deletes what is in it, too. */
  close(): Promise<void>
}

/** A store of a database, with its driver. */
export interface OpenPostgres extends OpenStore {
  readonly pool: pg.Pool
  readonly schema: string
}
export interface OpenRedis extends OpenStore {
  readonly client: Redis
  readonly prefix: string
}
export interface OpenSqlite extends OpenStore {
  readonly file: string
}

/** The reason why a store cannot be used on this machine; `undefined` when it can. */
export async function unavailable(name: StoreName): Promise<string | undefined> {
  if (name === 'PostgreSQL') return noPostgres()
  return name === 'Redis' ? noRedis() : undefined
}

/**
 * Opens an empty store.
 *
 * @param folder - for a file of SQLite. It is deleted by the caller
 */
export async function openStore(name: StoreName, folder: string): Promise<OpenStore> {
  switch (name) {
    case 'memory':
      return { store: memoryStore(), close: async () => {} }
    case 'SQLite':
      return openSqlite(folder)
    case 'PostgreSQL':
      return openPostgres()
    case 'Redis':
      return openRedis()
  }
}

export async function openSqlite(folder: string): Promise<OpenSqlite> {
  const file = path.join(folder, `${uniqueName()}.sqlite`)
  const store = sqlStore({ file })
  await store.migrate()
  return { store, file, close: async () => store.close() }
}

/** @param connected - gets each connection of the pool before it is used */
export async function openPostgres(connected: (client: pg.PoolClient) => void = () => {}): Promise<OpenPostgres> {
  const pool = new pg.Pool({ ...POSTGRES, max: AT_ONCE })
  pool.on('connect', connected)
  const schema = uniqueName()
  const store = sqlStore({ pool, schema })
  await store.migrate()
  return {
    store,
    pool,
    schema,
    async close() {
      await store.close()
      await pool.query(`drop schema if exists ${schema} cascade`)
      await pool.end()
    }
  }
}

export async function openRedis(): Promise<OpenRedis> {
  const client = new Redis(REDIS)
  const prefix = `${uniqueName()}:`
  const store = redisStore({ client, prefix })
  return {
    store,
    client,
    prefix,
    async close() {
      await store.close()
      await deleteKeys(client, prefix)
      await client.quit()
    }
  }
}

/** Deletes every key with a prefix. */
export async function deleteKeys(client: Redis, prefix: string): Promise<void> {
  const keys = await client.keys(`${prefix}*`)
  if (keys.length > 0) await client.del(keys)
}
