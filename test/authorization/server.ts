import authorizationEndpoint, { type AuthorizationEndpointOptions } from '@latchkey/authorization-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import bearer from '@latchkey/bearer'
import guard, { authenticated, everyone } from '@latchkey/guard'
import session from '@latchkey/session'
import type { Store } from '@latchkey/store'
import tokenEndpoint, { type Client, type generateSigningKey, hashClientSecret } from '@latchkey/token-endpoint'

export type SigningKey = Awaited<ReturnType<typeof generateSigningKey>>

/** The members in which the servers of a test differ from each other. */
export interface Settings {
  /** Default: the same for all servers, which need not listen there. */
  readonly issuer?: string
  readonly clients?: readonly Client[]
  readonly endpoint?: Partial<AuthorizationEndpointOptions>
}

export const ISSUER = 'http://localhost:3000'
/** The secret of the client `web`. */
export const WEB_SECRET = 'dGhlIHNlY3JldCBvZiB0aGUgY2xpZW50IHdlYiwgZm9yIHRlc3Rz'

/** A public client whose redirect URI is a page of the server itself, at any port. */
export const app: Client = {
  clientId: 'app',
  clientName: 'Photo App',
  grantTypes: ['authorization_code', 'refresh_token'],
  redirectUris: ['http://127.0.0.1/callback', 'http://localhost/callback']
}

/** The address of the website `web`, where no server is. */
export const WEB_CALLBACK = 'https://web.example.com/callback'

/** A website with a secret: its consents are remembered, because no other app has its address. */
const web: Client = {
  ...app,
  clientId: 'web',
  clientSecretHash: hashClientSecret(WEB_SECRET),
  redirectUris: [...(app.redirectUris ?? []), WEB_CALLBACK]
}

// All servers of a test open each other's cookies.
const SECRET = 'bm90IGEgc2VjcmV0OiBvbmx5IHRlc3RzIHVzZSBpdCE='

/**
 * A server with an authorization endpoint: users log in with their name, `POST /withdraw` withdraws the consent for `web`,
 * `GET /items` needs `items:read`, and `GET /callback` is the client's page.
 */
export async function buildServer(
  store: Store,
  key: SigningKey,
  { issuer = ISSUER, clients = [app, web], endpoint = {} }: Settings = {}
): Promise<FastifyInstance> {
  const fastify = Fastify()
  fastify.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, body: string) => Object.fromEntries(new URLSearchParams(body))
  )
  const scopes = { 'items:read': 'Read your items', 'items:write': 'Change your items' }
  await fastify.register(guard, { scopes, permissions: async () => Object.keys(scopes) })
  await fastify.register(session, { secrets: [SECRET], store, loginPath: '/login' })
  await fastify.register(tokenEndpoint, {
    issuer,
    audience: issuer,
    keys: [key],
    store,
    clients,
    revocations: { interval: 10 }
  })
  await fastify.register(authorizationEndpoint, { store, requestsPerMinute: 1_000_000, ...endpoint })
  await fastify.register(bearer, { issuers: [fastify.tokenEndpoint] })

  fastify.get('/login', { config: { access: everyone } }, async () => 'a form that posts to /login')
  fastify.post<{ Body: Record<string, string> }>('/login', { config: { access: everyone } }, async (request, reply) => {
    const { user = '', returnTo = '/' } = request.body
    await reply.signIn({ subject: user })
    return reply.redirect(returnTo, 303)
  })
  fastify.get('/callback', { config: { access: everyone } }, async () => 'the client')
  fastify.get('/items', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  fastify.post('/withdraw', { config: { access: authenticated } }, async ({ principal }) =>
    fastify.authorizationEndpoint.withdrawConsent(principal.subject, 'web')
  )
  return fastify
}
