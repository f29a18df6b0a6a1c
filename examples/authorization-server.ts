import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { errors, Provider } from 'oidc-provider'

/** An authorization server that runs here, and the client that it knows. */
export interface AuthorizationServer {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Signs with a new key from here on, and publishes the new key alone: what the old one signed is worth nothing any more. */
  readonly rotateKeys: () => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * `oidc-provider`, which gives its client access tokens: somebody else's software, as Auth0 or Keycloak would be.
 *
 * @param scopes - the scopes of each API, by the audience that its tokens have
 */
export async function openAuthorizationServer(
  origin: string,
  scopes: Readonly<Record<string, string>>
): Promise<AuthorizationServer> {
  const client = { clientId: 'robot', clientSecret: randomBytes(32).toString('base64url') }
  const scopesOf = new Map(Object.entries(scopes))
  let provider = await withNewKey()
  const server = createServer((request, response) => void provider.callback()(request, response))
  server.listen(Number(new URL(origin).port), new URL(origin).hostname)
  await once(server, 'listening')

  return {
    issuer: origin,
    ...client,
    async rotateKeys() {
      provider = await withNewKey()
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    }
  }

  async function withNewKey(): Promise<Provider> {
    return new Provider(origin, {
      clients: [
        {
          client_id: client.clientId,
          client_secret: client.clientSecret,
          grant_types: ['client_credentials'],
          id_token_signed_response_alg: 'ES256',
          redirect_uris: [],
          response_types: []
        }
      ],
      jwks: { keys: [await newKey()] },
      cookies: { keys: [randomBytes(32).toString('base64url')] },
      ttl: { ClientCredentials: 600 },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => [...scopesOf.keys()].slice(0, 1),
          getResourceServerInfo: (_context, audience) => {
            const scope = scopesOf.get(audience)
            if (scope === undefined) throw new errors.InvalidTarget()
            return { audience, scope, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }
          }
        }
      }
    })
  }
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: randomBytes(8).toString('base64url'), alg: 'ES256', use: 'sig' }
}
