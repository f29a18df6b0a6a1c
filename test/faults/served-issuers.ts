// The servers of the processes that tests kill, or that share a store.
import type { Store } from '@latchkey/store'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { openStorage, type Place } from '../../examples/storage.ts'
import { buildServer as buildAuthorizingServer } from '../authorization/server.ts'
import type { Served } from '../worker.ts'
import { startWorker, type Worker } from '../workers.ts'
import { buildGuessedServer } from './guessed-server.ts'
import { buildServer, type ServerSettings, type SigningKey } from './server.ts'
import { standingStore } from './standing-store.ts'

/** The servers that a process is to have. */
export interface Order {
  readonly place: Place
  readonly key: SigningKey
  /** One server for each. */
  readonly servers: readonly ServerSettings[]
}

/** The servers of an order, on one store. */
export async function serve({ place, key, servers }: Order, tell: () => void): Promise<Served> {
  const store = await openStorage(place)
  const apps = await Promise.all(servers.map((settings) => serverFor(settings, store, key, tell)))
  return { apps, close: () => store.close() }
}

function serverFor(
  settings: ServerSettings,
  store: Store,
  key: SigningKey,
  tell: () => void
): Promise<FastifyInstance> {
  if (settings.guessed) return buildGuessedServer(store, key, settings.guessed)
  const standing = standingStore(store, settings.stop, standStill)
  return settings.authorizes
    ? buildAuthorizingServer(standing, key, settings.authorizes)
    : buildServer(standing, key, settings)

  function standStill(): Promise<never> {
    tell()
    return new Promise(() => {})
  }
}

/** Starts a process with the servers. */
export async function startProcess(t: Test, order: Order): Promise<Worker> {
  return startWorker(t, import.meta.url, order)
}
