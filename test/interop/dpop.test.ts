import { randomBytes } from 'node:crypto'
import bearer from '@latchkey/bearer'
import guard, { allOf } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import * as oauth from 'oauth4webapi'
import { Provider } from 'oidc-provider'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { freeOrigin, listen, listenHttp } from '../loopback.ts'

const AUDIENCE = 'https://items.example.com'
const REFUSED_AS_BEARER =
  'DPoP error="invalid_token", error_description="Access tokens of the scheme Bearer are not accepted here", ' +
  'algs="RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519"'
const secret = (): string => randomBytes(32).toString('base64url')

/** A certified provider that binds its access tokens to the client's key, and asks for nonces of its own. */
async function startProvider(t: Test, clientSecret: string): Promise<string> {
  const issuer = await freeOrigin()
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'app',
        client_secret: clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        dpop_bound_access_tokens: true
      }
    ],
    scopes: ['items:read'],
    features: {
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async (_ctx, audience) => ({ scope: 'items:read', audience, accessTokenFormat: 'jwt' })
      }
    }
  })
  return listenHttp(t, provider.callback(), issuer)
}

/** A server of ours that takes the provider's tokens, bound to a key and with nonces. Gives its origin. */
async function startResourceServer(t: Test, issuer: string, jwksUri: string): Promise<string> {
  const origin = await freeOrigin()
  const app = Fastify()
  await app.register(guard, { scopes: { 'items:read': 'Read items' } })
  await app.register(bearer, {
    issuers: [
      {
        issuer,
        audience: AUDIENCE,
        algorithms: ['RS256'],
        jwks: (await (await fetch(jwksUri)).json()) as oauth.JWKS, // the provider is certified
        dpop: 'required'
      }
    ],
    dpop: { origin, replay: memoryStore().dpopReplay, nonceSecrets: [secret()] }
  })
  app.get('/items/:item', { config: { access: allOf('items:read') } }, async ({ principal }) => principal.subject)
  await listen(t, app, origin)
  return origin
}

/** The retry of a client with a new proof that contains the requested nonce. */
async function withNonce<Answer>(attempt: () => Promise<Answer>): Promise<{ answer: Answer; wasTold: boolean }> {
  try {
    return { answer: await attempt(), wasTold: false }
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return { answer: await attempt(), wasTold: true }
  }
}

for (const alg of ['ES256', 'Ed25519']) {
  t.test(
    `accepts DPoP-bound tokens of a certified provider with proofs of an independent client by ${alg} (SEC-76)`,
    async (t) => {
      const clientSecret = secret()
      const issuer = new URL(await startProvider(t, clientSecret))
      // Loopback has no certificate; oauth4webapi asks for https everywhere else.
      const http = { [oauth.allowInsecureRequests]: true }
      const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
      const origin = await startResourceServer(t, issuer.origin, String(server.jwks_uri))

      const client: oauth.Client = { client_id: 'app' }
      const DPoP = oauth.DPoP(client, await oauth.generateKeyPair(alg))
      const granted = await withNonce(async () => {
        const parameters = { scope: 'items:read', resource: AUDIENCE }
        const authentication = oauth.ClientSecretBasic(clientSecret)
        const answer = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, {
          DPoP,
          ...http
        })
        return oauth.processClientCredentialsResponse(server, client, answer)
      })
      const { access_token: token, token_type: type } = granted.answer
      t.equal(type, 'dpop')

      const url = new URL('/items/a%20brass%20key?page=2', origin)
      const ask = async (): Promise<Response> =>
        oauth.protectedResourceRequest(token, 'GET', url, undefined, null, { DPoP, ...http })
      const first = await withNonce(ask)
      t.equal(first.wasTold, true, 'the client had no nonce')
      t.equal(await first.answer.text(), 'app')
      const second = await withNonce(ask)
      t.equal(second.wasTold, false, 'the client kept the nonce')
      t.equal(second.answer.status, 200)

      const asBearer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
      t.equal(asBearer.status, 401)
      t.equal(asBearer.headers.get('www-authenticate'), REFUSED_AS_BEARER)

      const thief = oauth.DPoP(client, await oauth.generateKeyPair(alg))
      const stolen: unknown = await withNonce(async () =>
        oauth.protectedResourceRequest(token, 'GET', url, undefined, null, { DPoP: thief, ...http })
      ).catch((error: unknown) => error)
      like(t, stolen, { status: 401, cause: [{ scheme: 'dpop', parameters: { error: 'invalid_token' } }] })
    }
  )
}
