// The usual parts of a server, from one options object. Has no logic of OAuth: each part is a plugin of its own, and is loaded only
// if the options name it.
import guard, { type GuardOptions } from '@latchkey/guard'
import type { TokenEndpointOptions } from '@latchkey/token-endpoint'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { type LatchkeyOptions, type ResolvedOptions, resolveOptions } from './options.ts'

async function plugin(app: FastifyInstance, given: LatchkeyOptions): Promise<void> {
  const options = resolveOptions(given, app)
  const { openapi, tokenEndpoint, keys, bearer, session, login, passwordGrant, passwordLogin } = options
  const linked = await linkedTo(options)
  if (openapi !== null) await app.register(import('@latchkey/openapi'), openapi)
  await app.register(guard, { ...linked.guard, ...options.guard })
  if (tokenEndpoint !== null && keys !== null) {
    const { default: part, storedKeys } = await import('@latchkey/token-endpoint')
    await app.register(part, {
      ...linked.tokenEndpoint,
      ...tokenEndpoint,
      keys: 'given' in keys ? keys.given : storedKeys(keys.stored)
    })
  }
  if (passwordGrant !== null) await app.register(import('@latchkey/password-grant'), passwordGrant)
  if (bearer !== null) {
    const own = tokenEndpoint === null ? [] : [app.tokenEndpoint]
    await app.register(import('@latchkey/bearer'), { ...bearer, issuers: [...own, ...(bearer.issuers ?? [])] })
  }
  if (session !== null) await app.register(import('@latchkey/session'), session)
  if (passwordLogin !== null) await app.register(import('@latchkey/password-login'), passwordLogin)
  if (login !== null) await app.register(import('@latchkey/login'), login)
  if (options.authorizationEndpoint !== null) {
    await app.register(import('@latchkey/authorization-endpoint'), options.authorizationEndpoint)
  }
}

interface Linked {
  readonly guard?: Pick<GuardOptions, 'permissions'>
  readonly tokenEndpoint?: Pick<TokenEndpointOptions, 'subjectScopes'>
}

/** The options by which accounts give their scopes to sessions and tokens. */
async function linkedTo({ accounts }: ResolvedOptions): Promise<Linked> {
  if (accounts === null) return {}
  const { accountPermissions, accountScopes } = await import('@latchkey/login')
  return {
    guard: { permissions: accountPermissions(accounts) },
    tokenEndpoint: { subjectScopes: accountScopes(accounts) }
  }
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
