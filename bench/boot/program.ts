// Boots one server, in a process of its own, and tells what that took.
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import bearer from '@latchkey/bearer'
import guard, { allOf } from '@latchkey/guard'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify, { type FastifyInstance } from 'fastify'
import { hello } from '../contenders/answer.ts'
import { endWithParent } from '../parent.ts'
import { audience, issuer, tokenIssuer } from '../tokens.ts'

/** What the parent sends. */
export interface Order {
  readonly server: ServerKind
  readonly routes: number
}

/** `bare` is Fastify alone. */
export type ServerKind = 'bare' | 'guard and bearer' | 'guard, bearer and session'

/** What the parent gets: CPU in microseconds, from the first line of the application to a server that listens. */
export interface Booted {
  readonly microseconds: number
  readonly heapUsed: number
}

const [order] = (await once(process, 'message')) as [Order]
const { keys } = await tokenIssuer()
const before = process.cpuUsage()
const app = Fastify()
await registerAll(app, order.server)
for (let at = 0; at < order.routes; at++) {
  app.get(`/items/${at}/:id`, { config: order.server === 'bare' ? {} : { access: allOf(`items:${at % 50}`) } }, hello)
}
await app.listen({ port: 0, host: '127.0.0.1' })
const { user, system } = process.cpuUsage(before)
endWithParent()
process.send?.({ microseconds: user + system, heapUsed: process.memoryUsage().heapUsed } satisfies Booted)

async function registerAll(app: FastifyInstance, server: ServerKind): Promise<void> {
  if (server === 'bare') return
  await app.register(guard)
  if (server === 'guard, bearer and session') {
    await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store: memoryStore() })
  }
  await app.register(bearer, { issuers: [{ issuer, audience, jwks: { keys: Object.values(keys) } }] })
}
