import { setTimeout } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import passwordGrant from '@latchkey/password-grant'
import type { Store } from '@latchkey/store'
import tokenEndpoint from '@latchkey/token-endpoint'
import type { SigningKey } from './server.ts'

/** The secrets of a server that clients guess. */
export interface Guessable {
  /** The users whose password is `right`. Other users have no password. */
  readonly users: readonly string[]
  /** Of the secret of the client `web`. */
  readonly clientSecretHash: string
}

const issuer = 'http://localhost:3000'

/**
 * A token endpoint behind a proxy on this machine, whose passwords take 20 ms each. `GET /verified` gives how many it has
 * verified.
 */
export async function buildGuessedServer(
  store: Store,
  key: SigningKey,
  { users, clientSecretHash }: Guessable
): Promise<FastifyInstance> {
  let verified = 0
  const app = Fastify({ trustProxy: '127.0.0.1' })
  await app.register(tokenEndpoint, {
    issuer,
    audience: issuer,
    keys: [key],
    store,
    clients: [
      { clientId: 'app', grantTypes: ['password'] },
      { clientId: 'web', clientSecretHash, grantTypes: ['password'] }
    ],
    defaultClientId: 'app'
  })
  await app.register(passwordGrant, {
    async verifyPassword({ username, password }) {
      verified++
      await setTimeout(20)
      return users.includes(username) && password === 'right' ? { subject: username, scopes: [] } : null
    }
  })
  app.get('/verified', async () => verified)
  return app
}
