// A process that serves what workers.ts orders.
import { once } from 'node:events'
import type { FastifyInstance } from 'fastify'

/** The servers of an order, and what ends with them. */
export interface Served {
  readonly apps: readonly FastifyInstance[]
  close(): Promise<void>
}

/** A module with servers: `serve` of a file that a test names. */
export interface ServingModule<Given> {
  /** `tell` says that a request stands still. */
  serve(given: Given, tell: () => void): Promise<Served>
}

/** An order: the module whose servers are wanted, and its parameter. */
export interface Order {
  readonly module: string
  readonly given: unknown
}

/** The reports of this process: its origins, that a request stands still, and that its servers are closed. */
export type Message = { readonly origins: readonly string[] } | 'stopped' | 'closed'

process.once('disconnect', () => process.exit())
for (;;) {
  const order = await nextMessage()
  if (order === 'close') throw new Error('there are no servers to close')
  const { serve } = (await import(order.module)) as ServingModule<unknown>
  const { apps, close } = await serve(order.given, () => say('stopped'))
  say({ origins: await Promise.all(apps.map((app) => app.listen({ port: 0, host: '127.0.0.1' }))) })
  await nextMessage()
  await Promise.all(apps.map((app) => app.close()))
  await close()
  say('closed')
}

/** The next order, or that the servers of the one before are to be closed. */
async function nextMessage(): Promise<Order | 'close'> {
  const [message] = (await once(process, 'message')) as [Order | 'close'] // workers.ts sends nothing else
  return message
}

function say(message: Message): void {
  process.send?.(message)
}
