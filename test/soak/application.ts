// The server of the soak. Its tokens are in PostgreSQL, its sessions and counts in Redis, its accounts in a file of SQLite.
import bearer from '@latchkey/bearer'
import guard, { allOf, authenticated, everyone, UnavailableError } from '@latchkey/guard'
import login, { discord, oidc } from '@latchkey/login'
import openapi from '@latchkey/openapi'
import passwordGrant from '@latchkey/password-grant'
import { argon2Passwords } from '@latchkey/passwords'
import session from '@latchkey/session'
import type { Store } from '@latchkey/store'
import tokenEndpoint, { clientCredentialsGrant, storedKeys } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import { stopOnSignal } from '../../examples/stopping.ts'
import type { Order, ProviderSettings, Switches } from './order.ts'

/** The audience of every token. */
export const AUDIENCE = 'https://api.example.com'
/** The lifetime of the tokens of this server, in seconds. */
export const LIFETIME = 120
/** The seconds in which a used refresh token gives its successor again. */
const GRACE = 30
/** The milliseconds after which unread revocations make tokens of this server 503. */
const STALE_AFTER = 4_000
/** The seconds for which an answer about an opaque token is used. */
const TTL = 2

const scopes = { 'items:read': 'Read items', 'items:write': 'Change items' }

/** The parts of a server that its process owns. */
export interface Parts {
  readonly tokens: Store
  readonly sessions: Store
  readonly accounts: Store
  readonly stream: { write(line: string): void }
  switches(): Switches
}

export async function application(order: Order, parts: Parts): Promise<FastifyInstance> {
  const { origin } = order
  const now = (): number => parts.switches().frozenAt ?? Date.now() + parts.switches().ahead
  const app = Fastify({
    trustProxy: ['127.0.0.1', '::1'],
    logger: { level: 'warn', stream: parts.stream, redact: ['err.rawPacket'] },
    requestTimeout: 3_000,
    http: { headersTimeout: 2_000, connectionsCheckingInterval: 250 }
  })
  stopOnSignal(app)
  await app.register(openapi, { openapi: { info: { title: 'Soak', version: '1.0.0' } }, ui: '/docs' })
  await app.register(guard, { scopes })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: AUDIENCE,
    keys: storedKeys({ store: parts.tokens, secrets: [order.keySecret] }),
    store: { ...parts.tokens, throttle: parts.sessions.throttle },
    accessTokenLifetime: LIFETIME,
    refreshGracePeriod: GRACE,
    revocations: { interval: 250, staleAfter: STALE_AFTER },
    clients: [
      { clientId: 'app', grantTypes: ['password', 'refresh_token'] },
      {
        clientId: 'job',
        clientSecretHash: order.jobSecretHash,
        grantTypes: ['client_credentials'],
        scopes: ['items:read']
      },
      { clientId: 'api', clientSecretHash: order.apiSecretHash, grantTypes: [], introspects: [AUDIENCE] }
    ],
    defaultClientId: 'app',
    now
  })
  app.tokenEndpoint.addGrant(clientCredentialsGrant())
  await app.register(passwordGrant, {
    verifyPassword: argon2Passwords({ findUser: (username) => findUser(username, order, parts.switches()) }),
    timeout: 2,
    now
  })
  const { issuer, endpoint } = order.opaque
  await app.register(bearer, {
    issuers: [
      app.tokenEndpoint,
      ...order.issuers.map((each) => ({ ...each, audience: AUDIENCE })),
      {
        issuer,
        audience: AUDIENCE,
        introspection: {
          endpoint,
          clientId: 'soak',
          clientSecret: 'secret',
          ttl: TTL,
          negativeTtl: TTL,
          maxEntries: 500,
          timeout: 2_000
        }
      }
    ],
    now
  })
  await app.register(session, { secrets: order.sessionSecrets, store: parts.sessions, origin, now })
  await app.register(login, {
    providers: order.providers.map(providerFor),
    store: parts.accounts,
    now,
    onLogin() {
      if (parts.switches().onLogin === 'throws') throw new Error('a canary of the application')
      return undefined
    }
  })
  routes(app)
  return app
}

function routes(app: FastifyInstance): void {
  app.get('/open', { config: { access: everyone } }, async () => 'open')
  app.get('/items', { config: { access: allOf('items:read') } }, async () => ['a brass key'])
  app.post('/items', { config: { access: allOf('items:write') } }, async () => 'made')
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  app.post<{ Querystring: { as: string } }>('/sign-in', { config: { access: everyone } }, async ({ query }, reply) => {
    await reply.signIn({ subject: query.as })
    return 'signed in'
  })
  app.post('/sign-out', { config: { access: everyone } }, async (_request, reply) => {
    await reply.signOut()
    return 'signed out'
  })
  app.post('/grow', { config: { access: authenticated } }, async ({ principal }, reply) => {
    await reply.signIn({ subject: principal.subject, claims: { large: 'a'.repeat(5_000) } })
    return 'signed in'
  })
}

/** Every user has the same password. */
async function findUser(username: string, { passwordHash }: Order, { findUser: mode }: Switches) {
  if (mode === 'down') throw new UnavailableError('The users cannot be read now')
  if (mode === 'throws') throw new Error('a canary of the database')
  if (mode === 'never') return new Promise<never>(() => {})
  return /^(?:user|victim)-\d+$/.test(username)
    ? { subject: username, passwordHash, scopes: Object.keys(scopes) }
    : null
}

function providerFor({ name, profile, issuer, clientId, clientSecret }: ProviderSettings) {
  return profile === 'discord'
    ? discord({ name, clientId, clientSecret, baseUrl: issuer })
    : oidc({ name, clientId, clientSecret, issuer })
}
