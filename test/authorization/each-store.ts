import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { generateSigningKey } from '@latchkey/token-endpoint'
import type { Test } from 'tap'
import { openStorage } from '../../examples/storage.ts'
import { type DatabaseKind, mariadb, postgres, redis, sqlite } from '../databases.ts'
import { buildServer, type Settings } from './server.ts'

/** A kind of store, and how a test connects to one part of it, again and again. */
export interface StoreKind {
  readonly name: string
  readonly skip: string | false
  /** Returns a function that opens a connection. */
  prepare(t: Test): Promise<() => Promise<Store>>
}

const memory: StoreKind = {
  name: 'memory',
  skip: false,
  async prepare() {
    const store = memoryStore()
    return async () => ({ ...store, close: async () => {} })
  }
}

/** Every kind of store. */
export const kinds: readonly StoreKind[] = [memory, ...[sqlite, postgres, mariadb, redis].map(inDatabase)]

function inDatabase({ name, skip, open }: DatabaseKind): StoreKind {
  return {
    name,
    skip,
    async prepare(t) {
      const database = await open(t)
      return async () => openStorage(database.placeAt())
    }
  }
}

/**
 * Returns a function that ends the server before, and starts another one on the same store and port, with the same key. It
 * returns the origin.
 */
export async function servers(t: Test, kind: StoreKind, settings: Settings = {}): Promise<() => Promise<string>> {
  const [connect, key] = [await kind.prepare(t), await generateSigningKey()]
  let stop = async (): Promise<void> => {}
  let port = 0
  t.teardown(async () => stop())
  return async () => {
    await stop()
    const store = await connect()
    const app = await buildServer(store, key, settings)
    stop = async () => {
      await app.close()
      await store.close()
    }
    const origin = await app.listen({ port, host: '127.0.0.1' })
    port = Number(new URL(origin).port)
    return origin
  }
}
