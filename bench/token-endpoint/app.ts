import type { Store } from '@latchkey/store'
import tokenEndpoint, {
  clientCredentialsGrant,
  generateClientSecret,
  generateSigningKey
} from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import { audience, issuer, neededScope } from '../tokens.ts'
import { CLIENT_ID, GRANT_TYPE, JOB_ID } from './names.ts'

/** A token endpoint, and the secret of the client that has one. */
export interface TokenApp {
  readonly app: FastifyInstance
  readonly secret: string
}

/** A server with a token endpoint that signs with ES256, a cheap route, and a route that reads a form. */
export async function tokenApp(store: Store): Promise<TokenApp> {
  const app = Fastify()
  const { clientSecret, clientSecretHash } = generateClientSecret()
  await app.register(tokenEndpoint, {
    issuer,
    audience,
    keys: [await generateSigningKey()],
    store,
    clients: [
      { clientId: CLIENT_ID, grantTypes: [GRANT_TYPE, 'refresh_token', 'password'] },
      { clientId: JOB_ID, clientSecretHash, grantTypes: ['client_credentials'], scopes: [neededScope] }
    ]
  })
  app.tokenEndpoint.addGrant(clientCredentialsGrant())
  app.tokenEndpoint.addGrant({
    grantType: GRANT_TYPE,
    async handle() {
      return { subject: 'ann', scopes: [neededScope], authenticatedAt: Math.floor(Date.now() / 1000) }
    }
  })
  app.get('/cheap', async () => 'hello')
  await app.register(async (bare) => {
    bare.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))))
    })
    bare.post('/form', async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      return { access_token: 'none', token_type: 'Bearer', expires_in: 300 }
    })
  })
  return { app, secret: clientSecret }
}
