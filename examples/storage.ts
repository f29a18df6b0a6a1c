import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Store } from '@latchkey/store'
import { redisStore } from '@latchkey/store/redis'
import { sqlStore } from '@latchkey/store/sql'

/** Where an example keeps everything unless it is told otherwise. */
export const DEFAULT_FILE = path.join(import.meta.dirname, '../.data/showcase.sqlite')

/** Where an example keeps what must outlive a request, as its environment says. The first of these that is set counts. */
export interface Place {
  /** PostgreSQL: `postgres://user:password@host:port/database`. */
  DATABASE_URL?: string | undefined
  /** MySQL or MariaDB: `mysql://user:password@host:port/database`. */
  MYSQL_URL?: string | undefined
  /** Redis: `redis://host:port`. */
  REDIS_URL?: string | undefined
  /** A file of SQLite, or `:memory:`. Default: `.data/showcase.sqlite` of this repository. */
  DATABASE_FILE?: string | undefined
}

/** A store, ready to be used; `close()` gives its connections back as well. Only the driver of that store is loaded. */
export async function openStorage(place: Place): Promise<Store> {
  if (place.DATABASE_URL) return inPostgres(place.DATABASE_URL)
  if (place.MYSQL_URL) return inMysql(place.MYSQL_URL)
  if (place.REDIS_URL) return inRedis(place.REDIS_URL)
  return inSqlite(place.DATABASE_FILE ?? DEFAULT_FILE)
}

async function inPostgres(connectionString: string): Promise<Store> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({ connectionString })
  const store = sqlStore({ pool })
  await store.migrate()
  return closing(store, () => pool.end())
}

async function inMysql(uri: string): Promise<Store> {
  const { default: mysql } = await import('mysql2/promise')
  const pool = mysql.createPool(uri)
  const store = sqlStore({ pool })
  await store.migrate()
  return closing(store, () => pool.end())
}

async function inRedis(url: string): Promise<Store> {
  const { Redis } = await import('ioredis')
  // Nothing takes effect after the caller was told that there is no answer: no command waits for a connection, and one
  // whose answer is lost is not sent again.
  const client = new Redis(url, { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0 })
  await client.connect()
  return closing(redisStore({ client }), async () => client.disconnect())
}

async function inSqlite(file: string): Promise<Store> {
  if (file !== ':memory:') await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const store = sqlStore({ file })
  await store.migrate()
  return store
}

/** Returns the store with a `close()` that ends its connections too. */
function closing(store: Store, end: () => Promise<void>): Store {
  return {
    ...store,
    async close() {
      await store.close()
      await end()
    }
  }
}
