// The server of a process that users log in to at a provider.
import guard, { authenticated } from '@latchkey/guard'
import login, { provider } from '@latchkey/login'
import session from '@latchkey/session'
import Fastify from 'fastify'
import type { Test } from 'tap'
import { openStorage, type Place } from '../../examples/storage.ts'
import type { Served } from '../worker.ts'
import { startWorker, type Worker } from '../workers.ts'

/** What a process is to serve. */
export interface Order {
  readonly place: Place
  /** Of the session plugin. */
  readonly key: string
  /** The origin of the provider. */
  readonly upstream: string
}

/** A server with a provider, on a store. */
export async function serve({ place, key, upstream }: Order): Promise<Served> {
  const store = await openStorage(place)
  const app = Fastify()
  await app.register(guard)
  await app.register(session, { secrets: [key], store, origin: 'http://localhost:3000' })
  await app.register(login, {
    store,
    keepTokens: true,
    providers: [
      provider({
        name: 'upstream',
        clientId: 'app',
        clientSecret: 'opensesame',
        scopes: ['profile'],
        endpoints: {
          authorization: `${upstream}/authorize`,
          token: `${upstream}/token`,
          userinfo: `${upstream}/userinfo`
        },
        toIdentity: ({ userinfo }) => ({ subject: userinfo['id'] })
      })
    ]
  })
  app.get('/tokens', { config: { access: authenticated } }, async (request) => ({
    tokens: await app.login.tokens(request, 'upstream')
  }))
  return { apps: [app], close: () => store.close() }
}

/** Starts a process with the server. */
export async function startProcess(t: Test, order: Order): Promise<Worker> {
  return startWorker(t, import.meta.url, order)
}
