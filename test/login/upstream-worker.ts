// A process that users log in to at a provider. upstream-tokens.test.ts starts it.
import type { AddressInfo } from 'node:net'
import guard, { authenticated } from '@latchkey/guard'
import login, { provider } from '@latchkey/login'
import session from '@latchkey/session'
import Fastify from 'fastify'
import { openStorage, type Place } from '../../examples/storage.ts'

/** The orders for a worker. */
export interface Order {
  readonly place: Place
  /** Of the session plugin. */
  readonly key: string
  /** The origin of the provider. */
  readonly upstream: string
}

const { place, key, upstream } = JSON.parse(process.argv[2] ?? '') as Order // written by the test
process.once('disconnect', () => process.exit())
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
await app.listen({ port: 0, host: '127.0.0.1' })
process.send?.(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`) // it listens on TCP
