// A process with servers. workers.ts starts and kills it.
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { openStorage, type Place } from '../../examples/storage.ts'
import { buildServer as buildAuthorizingServer } from '../authorization/server.ts'
import { buildGuessedServer } from './guessed-server.ts'
import { buildServer, type ServerSettings, type SigningKey } from './server.ts'
import { standingStore, type Stop } from './standing-store.ts'

/** The orders for a worker. */
export interface Order {
  readonly place: Place
  readonly key: SigningKey
  /** One server for each. */
  readonly servers: readonly ServerSettings[]
}

/** The reports of a worker: first the origins of its servers, then each request that is held. */
export type Message = { readonly origins: readonly string[] } | { readonly stoppedAt: Stop }

const order = JSON.parse(process.argv[2] ?? '') as Order // written by workers.ts
process.once('disconnect', () => process.exit())
const store = await openStorage(order.place)
const origins: string[] = []
for (const settings of order.servers) {
  const app = await serverFor(settings)
  await app.listen({ port: 0, host: '127.0.0.1' })
  origins.push(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`) // it listens on TCP
}
say({ origins })

function serverFor(settings: ServerSettings): Promise<FastifyInstance> {
  if (settings.guessed) return buildGuessedServer(store, order.key, settings.guessed)
  const standing = standingStore(store, settings.stop, standStill)
  return settings.authorizes
    ? buildAuthorizingServer(standing, order.key, settings.authorizes)
    : buildServer(standing, order.key, settings)
}

function standStill(stoppedAt: Stop): Promise<never> {
  say({ stoppedAt })
  return new Promise(() => {})
}

function say(message: Message): void {
  process.send?.(message)
}
