// The plugin for login with other providers: authorization code with PKCE, and OpenID Connect if the provider supports it.
// https://www.rfc-editor.org/rfc/rfc6749#section-4.1
import cookie from '@fastify/cookie'
import { addInspection, addRevocation, pathIn } from '@latchkey/guard/plugin'
import { prepareFetches } from '@latchkey/issuer'
import { RegistrationError } from '@latchkey/options'
import { fingerprint, prepareSealing } from '@latchkey/secrets'
import { superviseStore } from '@latchkey/store'
import { sealedUpstreamTokens } from './upstream-tokens/sealed-upstream-tokens.ts'
import { memoryStore } from '@latchkey/store/memory'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { LoginDependencies } from './authorization/dependencies.ts'
import { jose } from './jose.ts'
import { type Login, makeLogin } from './login.ts'
import { type LoginOptions, resolveOptions } from './options.ts'
import { preparation } from './provider-client/preparation.ts'
import { relyingParty } from './provider-client/relying-party.ts'
import { addRoutes } from './routes.ts'
import { sessionsOf } from './session.ts'
import { liveTokens } from './upstream-tokens/live-tokens.ts'
import { transactionCookies } from './authorization/transaction-cookie.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The login of this context: the providers' tokens and userinfo, and the identities of the logged-in user.
     *
     * @example const token = await app.login.tokens(request, 'discord')
     */
    readonly login: Login
  }
}

const NAME = '@latchkey/login'

const plugin: FastifyPluginAsync<LoginOptions> = async (app, given) => {
  const sessions = sessionsOf(app)
  const resolved = resolveOptions(given, sessions)
  if (Object.hasOwn(app, 'login')) {
    throw new RegistrationError(
      NAME,
      'the plugin is registered twice in one context. Fix: give it all providers at once'
    )
  }
  const supervision = superviseStore(resolved.store ?? {}, { now: resolved.now, log: app.log })
  // Other processes compare the times of logins, sessions and kept tokens too, so all times are the store's.
  const options = { ...resolved, now: supervision.now }
  const { store, ring, now, origin, providers, keepTokens, callbackPath, loginPath, logoutPath } = options
  const parties = new Map(
    providers.map((provider) => {
      const path = pathIn(app, callbackPath.replace(':provider', provider.name))
      return [provider.name, relyingParty(provider, origin + path, app.log)]
    })
  )
  const upstreamTokens = keepTokens ? store?.upstreamTokens : undefined
  const tokens = upstreamTokens === undefined ? null : sealedUpstreamTokens(upstreamTokens, ring)
  const context: LoginDependencies = {
    options,
    parties,
    sessions,
    tokens,
    transactions: transactionCookies(ring, now, sessions?.cookie.secure ?? true),
    urls: {
      login: pathIn(app, loginPath),
      provider: (name) => pathIn(app, `${loginPath}/${name}`),
      logout: pathIn(app, String(logoutPath))
    }
  }
  const { start, stop } = preparation([
    prepareSealing,
    ...[...parties.values()].map(({ prepare }) => prepare),
    prepareFetches,
    jose.prepare
  ])
  app.addHook('onReady', supervision.start)
  app.addHook('onReady', async () => start())
  app.addHook('onClose', async () => {
    supervision.stop()
    await stop()
  })
  if (tokens !== null) {
    // Tokens of providers that are not configured any more stay: `app.login` does not return them.
    const forgetAll = async (accountId: string): Promise<void> => {
      await Promise.all(providers.map(async ({ name: provider }) => tokens.remove({ accountId, provider })))
    }
    addRevocation(app, { name: NAME, revokeAll: forgetAll })
  }
  addInspection(app, {
    plugin: NAME,
    facts: () => ({
      origin,
      callbacks: [...parties.values()].map(({ provider: { name }, redirectUri }) => ({ provider: name, redirectUri })),
      // Its own, not those that it derives from the session's.
      secrets: (given.secrets ?? []).map(fingerprint),
      clientSecrets: providers
        .map(({ clientSecret }) => clientSecret)
        .filter((secret) => typeof secret === 'string')
        .map(fingerprint),
      store: store === undefined ? null : supervision.facts()
    })
  })
  app.decorate('login', makeLogin(context, tokens && liveTokens(tokens, now)))
  await app.register(async (child) => {
    if (!child.hasReplyDecorator('setCookie')) await child.register(cookie)
    await addRoutes(child, context, store?.dpopReplay ?? memoryStore({ now }).dpopReplay)
  })
}

/**
 * The plugin that logs users in with other providers, and out again.
 *
 * @see [RFC 6749 §4.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1)
 * @see [OpenID Connect Core 1.0](https://openid.net/specs/openid-connect-core-1_0.html)
 */
const login: FastifyPluginAsync<LoginOptions> = fp(plugin, { name: NAME, fastify: '5.x' })

export default login
