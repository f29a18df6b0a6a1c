import type { Server } from 'node:http'
import bearer from '@latchkey/bearer'
import { type DevProvider, devProvider } from '@latchkey/dev-provider'
import guard, { allOf, authenticated, everyone, type GuardOptions } from '@latchkey/guard'
import login, { type LoginOptions, discord, oidc } from '@latchkey/login'
import openapi from '@latchkey/openapi'
import passwordGrant from '@latchkey/password-grant'
import { argon2Passwords, hashPassword, type VerifyPassword } from '@latchkey/passwords'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateClientSecret, storedKeys } from '@latchkey/token-endpoint'
import type { Test } from 'tap'
import Fastify, { type FastifyInstance, type FastifyHttpOptions } from 'fastify'

const scopes = { 'items:read': 'Read items', 'items:write': 'Change items' }
const grantTypes = ['password', 'refresh_token']

/** The secrets of the server. */
export const secrets: Readonly<Record<'sealing' | 'session' | 'password', string>> = {
  sealing: Buffer.from('the-secret-that-seals-signing-keys').toString('base64url'),
  session: Buffer.from('the-secret-that-seals-the-cookies!').toString('base64url'),
  password: 'correct horse battery staple'
}

/** Everything of Latchkey on one server. */
export interface House {
  readonly app: FastifyInstance
  readonly origin: string
  /** A confidential client. */
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  /** The current time in milliseconds, which a test moves. */
  readonly clock: { ahead: number }
}

/** The settings that a test may change. */
export interface HouseOptions {
  readonly server?: FastifyHttpOptions<Server>
  readonly verifyPassword?: (ordinary: VerifyPassword) => VerifyPassword
  readonly onLogin?: LoginOptions['onLogin']
  /** Rules of routes that others add. */
  readonly routes?: GuardOptions['routes']
  /** Registered before anything else. */
  readonly before?: (app: FastifyInstance) => Promise<unknown>
  /** Wrong secrets of a client, and passwords, that may be sent. Default: 5. */
  readonly failures?: number
}

/** The providers of the logins. */
export interface Providers {
  readonly discord: DevProvider
  readonly oidc: DevProvider
}

/** Starts the providers of a house. They close after the test. */
export async function startProviders(t: Test, origin: string): Promise<Providers> {
  const backchannelLogoutUri = `${origin}/login/oidc/backchannel-logout`
  const oidcClient = { clientId: 'house', clientSecret: 'canary-of-the-oidc-client-secret', backchannelLogoutUri }
  const providers = {
    discord: await devProvider({ profile: 'discord' }),
    oidc: await devProvider({ profile: 'oidc', clients: [oidcClient] })
  }
  t.teardown(() => Promise.all([providers.discord.close(), providers.oidc.close()]))
  return providers
}

/** The configuration of the providers. */
export type KnownProviders = Readonly<
  Record<keyof Providers, Pick<DevProvider, 'issuer' | 'clientId' | 'clientSecret'>>
>

/** Builds the server for an origin before it listens there. */
export async function house(origin: string, providers: KnownProviders, options: HouseOptions = {}): Promise<House> {
  const clock = { ahead: 0 }
  const now = (): number => Date.now() + clock.ahead
  const { clientSecret, clientSecretHash } = generateClientSecret()
  const { failures = 5 } = options
  const store = memoryStore({ now })
  const passwordHash = await hashPassword(secrets.password)
  const ordinary = argon2Passwords({
    findUser: (username) => (username === 'ann' ? { subject: 'u1', passwordHash, scopes: Object.keys(scopes) } : null)
  })

  const app = Fastify(options.server)
  await options.before?.(app)
  await app.register(openapi, { openapi: { info: { title: 'House', version: '1.0.0' } }, ui: '/docs' })
  await app.register(guard, { scopes, ...(options.routes && { routes: options.routes }) })
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    keys: storedKeys({ store, secrets: [secrets.sealing] }),
    store,
    now,
    clientThrottle: { failures },
    clients: [
      { clientId: 'app', grantTypes },
      { clientId: 'backend', clientSecretHash, grantTypes, introspects: [origin] }
    ],
    defaultClientId: 'app'
  })
  await app.register(passwordGrant, {
    verifyPassword: options.verifyPassword?.(ordinary) ?? ordinary,
    throttle: { failures },
    now
  })
  await app.register(bearer, { issuers: [app.tokenEndpoint], now })
  await app.register(session, { secrets: [secrets.session], store, origin, now })
  await app.register(login, {
    providers: [
      discord({ ...clientOf(providers.discord), baseUrl: providers.discord.issuer }),
      oidc({ ...clientOf(providers.oidc), name: 'oidc', issuer: providers.oidc.issuer })
    ],
    store,
    keepTokens: true,
    now,
    ...(options.onLogin && { onLogin: options.onLogin })
  })
  app.get('/items', { config: { access: allOf('items:read') } }, async () => ['a brass key'])
  app.post('/items', { config: { access: allOf('items:write') } }, async () => 'made')
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  app.get('/open', { config: { access: everyone } }, async () => 'open')

  return { app, origin, client: { clientId: 'backend', clientSecret }, clock }
}

function clientOf({ clientId, clientSecret }: KnownProviders['oidc']): { clientId: string; clientSecret: string } {
  return { clientId, clientSecret }
}
