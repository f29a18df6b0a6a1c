// A process with servers, as ordered by workers.ts, which starts and kills it.
import { once } from 'node:events'
import type { Store } from '@latchkey/store'
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

/** The reports of a worker: the origins of its servers, each request that is held, and that its servers are closed. */
export type Message = { readonly origins: readonly string[] } | { readonly stoppedAt: Stop } | { readonly closed: true }

process.once('disconnect', () => process.exit())
for (;;) {
  const order = await nextMessage()
  if (order === 'close') throw new Error('there are no servers to close')
  const store = await openStorage(order.place)
  const apps = await Promise.all(order.servers.map((settings) => serverFor(settings, store, order.key)))
  say({ origins: await Promise.all(apps.map((app) => app.listen({ port: 0, host: '127.0.0.1' }))) })
  await nextMessage()
  await Promise.all(apps.map((app) => app.close()))
  await store.close()
  say({ closed: true })
}

/** The next order, or that the servers of the one before are to be closed. */
async function nextMessage(): Promise<Order | 'close'> {
  const [message] = (await once(process, 'message')) as [Order | 'close'] // workers.ts sends nothing else
  return message
}

function serverFor(settings: ServerSettings, store: Store, key: SigningKey): Promise<FastifyInstance> {
  if (settings.guessed) return buildGuessedServer(store, key, settings.guessed)
  const standing = standingStore(store, settings.stop, standStill)
  return settings.authorizes
    ? buildAuthorizingServer(standing, key, settings.authorizes)
    : buildServer(standing, key, settings)
}

function standStill(stoppedAt: Stop): Promise<never> {
  say({ stoppedAt })
  return new Promise(() => {})
}

function say(message: Message): void {
  process.send?.(message)
}
