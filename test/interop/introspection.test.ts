import { randomBytes } from 'node:crypto'
import bearer, { type TrustedIssuer } from '@latchkey/bearer'
import guard, { allOf } from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import { Provider } from 'oidc-provider'
import * as client from 'openid-client'
import t, { type Test } from 'tap'
import { freeOrigin, listenHttp } from '../loopback.ts'
import { plainClient, startServer, user } from './server.ts'

const AUDIENCE = 'https://items.example.com'

/** A server that has no keys: it asks about every token. */
async function resourceServer(t: Test, issuer: TrustedIssuer): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, { scopes: { 'items:read': 'Read items', 'items:write': 'Change items' } })
  await app.register(bearer, { issuers: [issuer] })
  app.get('/items', { config: { access: allOf('items:read') } }, async ({ principal }) => principal.subject)
  app.post('/items', { config: { access: allOf('items:write') } }, async () => 'changed')
  return app
}

async function request(app: FastifyInstance, token: string, method: 'GET' | 'POST' = 'GET') {
  const { statusCode, body } = await app.inject({
    method,
    url: '/items',
    headers: { authorization: `Bearer ${token}` }
  })
  return statusCode === 200 ? body : statusCode
}

for (const authMethod of ['client_secret_basic', 'client_secret_post'] as const) {
  t.test(`introspects the tokens of a token endpoint, as ${authMethod} (SEC-75, FAULT-27)`, async (t) => {
    const origin = await startServer(t)
    const { clientId, clientSecret } = plainClient
    const app = await resourceServer(t, {
      issuer: origin,
      audience: origin,
      introspection: { clientId, clientSecret, authMethod, ttl: 0 }
    })
    const config = await client.discovery(new URL(origin), clientId, undefined, client.ClientSecretPost(clientSecret), {
      algorithm: 'oauth2',
      execute: [client.allowInsecureRequests]
    })
    const tokens = await client.genericGrantRequest(config, 'password', { ...user, scope: 'items:read' })
    t.equal(await request(app, tokens.access_token), 'ann')
    t.equal(await request(app, tokens.access_token, 'POST'), 403)
    t.equal(await request(app, String(tokens.refresh_token)), 401, 'a refresh token is active and opens no route')
    t.equal(await request(app, 'nonsense'), 401)
    await client.tokenRevocation(config, tokens.access_token)
    t.equal(await request(app, tokens.access_token), 401)
  })
}

t.test('introspects the opaque tokens of a certified provider (SEC-75, FAULT-27)', async (t) => {
  const issuer = await freeOrigin()
  const secrets = { app: randomBytes(32).toString('base64url'), api: randomBytes(32).toString('base64url') }
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'app',
        client_secret: secrets.app,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: []
      },
      { client_id: 'api', client_secret: secrets.api, grant_types: [], redirect_uris: [], response_types: [] }
    ],
    scopes: ['items:read', 'items:write'],
    features: {
      introspection: { enabled: true, allowedPolicy: async (_ctx, { clientId }) => clientId === 'api' },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async (_ctx, audience) => ({
          scope: 'items:read items:write',
          audience,
          accessTokenFormat: 'opaque'
        })
      }
    }
  })
  await listenHttp(t, provider.callback(), issuer)
  /** An access token of a user, as the provider creates it at the end of a login. */
  async function accessToken(audience?: string): Promise<string> {
    const found = await provider.Client.find('app')
    if (!found) throw new Error('the client is configured')
    const grant = new provider.Grant({ accountId: 'ada', clientId: 'app' })
    grant.addResourceScope(audience ?? AUDIENCE, 'items:read')
    const grantId = await grant.save()
    const token = new provider.AccessToken({
      accountId: 'ada',
      client: found,
      grantId,
      scope: 'items:read',
      gty: 'authorization_code'
    })
    if (audience !== undefined) {
      token.resourceServer = new provider.ResourceServer(audience, {
        scope: 'items:read',
        audience,
        accessTokenFormat: 'opaque'
      })
    }
    return token.save()
  }

  const introspection = { clientId: 'api', clientSecret: secrets.api, ttl: 0 }
  const app = await resourceServer(t, { issuer, audience: AUDIENCE, introspection })
  const config = await client.discovery(new URL(issuer), 'app', undefined, client.ClientSecretBasic(secrets.app), {
    execute: [client.allowInsecureRequests]
  })

  const token = await accessToken(AUDIENCE)
  t.notMatch(token, /\./)
  t.equal(await request(app, token), 'ada')
  t.equal(await request(app, token, 'POST'), 403)
  t.equal(await request(app, await accessToken('https://other.example.com')), 401)
  const unbound = await accessToken()
  t.equal(await request(app, unbound), 401, 'the token has no audience')
  const trusting = {
    issuer,
    audience: AUDIENCE,
    introspection: { ...introspection, insecureAcceptMissingAudience: true }
  }
  t.equal(await request(await resourceServer(t, trusting), unbound), 'ada')
  t.equal(await request(app, 'nonsense'), 401)
  const own = await client.clientCredentialsGrant(config, { resource: AUDIENCE, scope: 'items:read' })
  t.equal(await request(app, own.access_token), 401, 'the client itself has no subject')
  await client.tokenRevocation(config, token)
  t.equal(await request(app, token), 401)

  // The provider refuses every text that looks like a JWT. A client with such tokens must not cause refusals of others.
  const jwt = [{ alg: 'none' }, { iss: issuer }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  for (let i = 0; i < 20; i++) t.equal(await request(app, `${jwt.join('.')}.AA`), 503)
  t.equal(await request(app, await accessToken(AUDIENCE)), 'ada')

  const wrong = { issuer, audience: AUDIENCE, introspection: { ...introspection, clientSecret: 'wrong' } }
  t.equal(await request(await resourceServer(t, wrong), await accessToken(AUDIENCE)), 503)
})
