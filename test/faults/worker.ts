// A process with servers. workers.ts starts and kills it.
import type { AddressInfo } from 'node:net'
import type { Store } from '@latchkey/store'
import { openStorage, type Place } from '../../examples/storage.ts'
import { buildGuessedServer } from './guessed-server.ts'
import { buildServer, type ServerSettings, type SigningKey, type Stop } from './server.ts'

/** The orders for a worker. */
export interface Order {
  readonly place: Place
  readonly key: SigningKey
  /** One server for each. */
  readonly servers: readonly ServerSettings[]
}

/** The reports of a worker: first the origins of its servers, then each refresh that is held. */
export type Message = { readonly origins: readonly string[] } | { readonly stoppedAt: Stop }

const order = JSON.parse(process.argv[2] ?? '') as Order // written by workers.ts
process.once('disconnect', () => process.exit())
const store = await openStorage(order.place)
const origins: string[] = []
for (const settings of order.servers) {
  const app = settings.guessed
    ? await buildGuessedServer(store, order.key, settings.guessed)
    : await buildServer(stopping(store, settings.stop), order.key, settings)
  await app.listen({ port: 0, host: '127.0.0.1' })
  origins.push(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`) // it listens on TCP
}
say({ origins })

function stopping(store: Store, stop: Stop | undefined): Store {
  const { refreshTokens } = store
  return {
    ...store,
    refreshTokens: {
      ...refreshTokens,
      async rotate(rotation) {
        if (stop === 'before rotating') await standStill(stop)
        const rotated = await refreshTokens.rotate(rotation)
        if (stop === 'after rotating') await standStill(stop)
        return rotated
      }
    }
  }
}

function standStill(stoppedAt: Stop): Promise<never> {
  say({ stoppedAt })
  return new Promise(() => {})
}

function say(message: Message): void {
  process.send?.(message)
}
