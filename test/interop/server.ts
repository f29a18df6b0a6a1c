import Fastify from 'fastify'
import type { Test } from 'tap'
import bearer from '@latchkey/bearer'
import guard, { allOf } from '@latchkey/guard'
import passwordGrant from '@latchkey/password-grant'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateClientSecret, generateSigningKey, hashClientSecret } from '@latchkey/token-endpoint'
import { freeOrigin, listen } from '../loopback.ts'

/** Both contain characters that have another meaning when a client does not encode them. */
export const clientId = 'inter:op'
export const clientSecret = `${generateClientSecret().clientSecret} + 100% & :/=~`

/** A client whose credentials are the same however they are encoded: the other one is beyond some libraries. */
export const plainClient = { clientId: 'interop', ...generateClientSecret() }

export const user = { username: 'ann', password: 'correct horse battery + staple' }

const grantTypes = ['password', 'refresh_token']

/** A token endpoint with confidential clients, and `GET /items` for `items:read`, on loopback. Gives its origin. */
export async function startServer(t: Test): Promise<string> {
  const origin = await freeOrigin()
  const app = Fastify()
  await app.register(guard, { scopes: { 'items:read': 'Read items', 'items:write': 'Change items' } })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    keys: [await generateSigningKey()],
    store: memoryStore(),
    clients: [
      { clientId, clientSecretHash: hashClientSecret(clientSecret), grantTypes },
      {
        clientId: plainClient.clientId,
        clientSecretHash: plainClient.clientSecretHash,
        grantTypes,
        introspects: [origin]
      }
    ]
  })
  await app.register(passwordGrant, {
    verifyPassword: async ({ username, password }) =>
      username === user.username && password === user.password ? { subject: 'ann', scopes: ['items:read'] } : null
  })
  await app.register(bearer, { issuers: [app.tokenEndpoint] })
  app.get('/items', { config: { access: allOf('items:read') } }, async () => ['a brass key'])
  await listen(t, app, origin)
  return origin
}

/** The status that a token gets at `GET /items`. */
export async function statusOfItems(origin: string, token: string): Promise<number> {
  const { status } = await fetch(`${origin}/items`, { headers: { authorization: `Bearer ${token}` } })
  return status
}

/** The refusal of a request of a client. */
export async function refusal(request: Promise<unknown>): Promise<unknown> {
  const answer = await request.catch((error: unknown) => ({ refused: error }))
  if (typeof answer === 'object' && answer !== null && 'refused' in answer) return answer.refused
  throw new Error('The request was not refused')
}
