// The usual parts of a server, from one options object. Has no logic of OAuth: each part is a plugin of its own, and is loaded only
// if the options name it.
import guard, { type GuardOptions } from '@latchkey/guard'
import type { TokenEndpointOptions } from '@latchkey/token-endpoint'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { type LatchkeyOptions, type ResolvedOptions, resolveOptions } from './options.ts'

type Accounts = NonNullable<ResolvedOptions['accounts']>

async function plugin(app: FastifyInstance, given: LatchkeyOptions): Promise<void> {
  const options = resolveOptions(given, app.prefix)
  await addOpenapi(app, options)
  await addGuard(app, options)
  await addTokenEndpoint(app, options)
  await addPasswordGrant(app, options)
  await addBearer(app, options)
  await addSession(app, options)
  await addPasswordLogin(app, options)
  await addLogin(app, options)
  await addAuthorizationEndpoint(app, options)
}

async function addOpenapi(app: FastifyInstance, { openapi }: ResolvedOptions): Promise<void> {
  if (openapi === null) return
  const { default: part } = await import('@latchkey/openapi')
  await app.register(part, openapi)
}

async function addGuard(app: FastifyInstance, { guard: options, accounts }: ResolvedOptions): Promise<void> {
  await app.register(guard, { ...(accounts !== null && { permissions: await permissionsOf(accounts) }), ...options })
}

async function permissionsOf(accounts: Accounts): Promise<GuardOptions['permissions']> {
  const { accountPermissions } = await import('@latchkey/login')
  return accountPermissions(accounts)
}

async function addTokenEndpoint(app: FastifyInstance, options: ResolvedOptions): Promise<void> {
  const { tokenEndpoint, keys, accounts } = options
  if (tokenEndpoint === null || keys === null) return
  const { default: part, storedKeys } = await import('@latchkey/token-endpoint')
  await app.register(part, {
    ...(accounts !== null && { subjectScopes: await scopesOf(accounts) }),
    ...tokenEndpoint,
    keys: 'given' in keys ? keys.given : storedKeys(keys.stored)
  })
}

async function scopesOf(accounts: Accounts): Promise<NonNullable<TokenEndpointOptions['subjectScopes']>> {
  const { accountScopes } = await import('@latchkey/login')
  return accountScopes(accounts)
}

async function addPasswordGrant(app: FastifyInstance, { passwordGrant }: ResolvedOptions): Promise<void> {
  if (passwordGrant === null) return
  const { default: part } = await import('@latchkey/password-grant')
  await app.register(part, passwordGrant)
}

async function addBearer(app: FastifyInstance, { bearer, tokenEndpoint }: ResolvedOptions): Promise<void> {
  if (bearer === null) return
  const { default: part } = await import('@latchkey/bearer')
  const own = tokenEndpoint === null ? [] : [app.tokenEndpoint]
  await app.register(part, { ...bearer, issuers: [...own, ...(bearer.issuers ?? [])] })
}

async function addSession(app: FastifyInstance, { session }: ResolvedOptions): Promise<void> {
  if (session === null) return
  const { default: part } = await import('@latchkey/session')
  await app.register(part, session)
}

async function addPasswordLogin(app: FastifyInstance, { passwordLogin }: ResolvedOptions): Promise<void> {
  if (passwordLogin === null) return
  const { default: part } = await import('@latchkey/password-login')
  await app.register(part, passwordLogin)
}

async function addLogin(app: FastifyInstance, { login }: ResolvedOptions): Promise<void> {
  if (login === null) return
  const { default: part } = await import('@latchkey/login')
  await app.register(part, login)
}

async function addAuthorizationEndpoint(app: FastifyInstance, options: ResolvedOptions): Promise<void> {
  if (options.authorizationEndpoint === null) return
  const { default: part } = await import('@latchkey/authorization-endpoint')
  await app.register(part, options.authorizationEndpoint)
}

/**
 * The usual parts of a server in one plugin: a guard, and each part that the options name, with those that it needs. Decorates the
 * app as the parts do: `app.guard`, `app.tokenEndpoint`, `app.sessions`, `app.login` and so on. Register it before the routes. Does
 * nothing that the parts do not: to have a part twice, or in a context of its own, register the parts instead.
 *
 * @throws RegistrationError for a wrong option, of `latchkey` or of a part
 *
 * @example
 * ```ts
 * const app = Fastify()
 * await app.register(latchkey, {
 *   origin: 'https://app.example.com',
 *   store: sqlStore({ file: 'accounts.sqlite' }),
 *   secrets: [process.env.LATCHKEY_SECRET], // openssl rand -base64 32
 *   login: { providers: [discord({ clientId, clientSecret })] }
 * })
 * app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
 * ```
 */
const latchkey: FastifyPluginAsync<LatchkeyOptions> = fp(plugin, { name: 'latchkey', fastify: '5.x' })
export default latchkey
