// API keys: random secrets for programs, of which the store has the hash.
// https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
import { addInspection, requestCredentials } from '@latchkey/guard/plugin'
import { RegistrationError } from '@latchkey/options'
import { superviseStore } from '@latchkey/store'
import { throttles } from '@latchkey/throttle'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { type ApiKeys, apiKeysOf } from './api-keys.ts'
import { apiKeyAuthenticator, SCHEME } from './authenticator.ts'
import type { ApiKeyInfo } from './key-info.ts'
import { keyLookup } from './key-lookup.ts'
import { keyMemory } from './key-memory.ts'
import { keyTexts } from './key-text.ts'
import { lastUse } from './last-use.ts'
import { type ApiKeysOptions, resolveOptions } from './options.ts'
import { addRoutes, type Sessions } from './routes.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The API keys of this context: create, list and revoke them, read that of a request.
     *
     * @example const { key } = await app.apiKeys.create({ subject: 'alice', name: 'backup', scopes: ['items:read'] })
     */
    readonly apiKeys: ApiKeys
  }
}

const NAME = '@latchkey/api-keys'

const plugin: FastifyPluginAsync<ApiKeysOptions> = async (app, given) => {
  const options = resolveOptions(given)
  if (app.hasDecorator('apiKeys')) {
    throw new RegistrationError(NAME, 'the plugin is registered already, in this context or in a parent context')
  }
  if (options.routes !== null && !app.hasDecorator('sessions')) {
    throw new RegistrationError(NAME, 'routes needs sessions. Fix: register @latchkey/session before')
  }
  const { prefix, store } = options
  const { records } = store
  const supervision = superviseStore(store, { now: options.now, log: app.log })
  const { seconds } = supervision
  const texts = keyTexts(prefix)
  const memory = keyMemory(options.remember, options.now)
  const current = requestCredentials<ApiKeyInfo>(SCHEME)
  const uses = lastUse(records, seconds)
  const { forRandomSecrets, watch } = throttles(app, {
    plugin: NAME,
    realm: prefix,
    now: supervision.now,
    ...(store.throttle && { store: store.throttle })
  })
  const throttle = forRandomSecrets('API keys', options.throttle)
  const lookup = keyLookup({ records, memory, throttle, watch, seconds })
  const apiKeys = apiKeysOf({
    ...options,
    scopes: app.guard.scopes,
    records,
    texts,
    memory,
    current,
    log: app.log,
    seconds
  })

  app.guard.addAuthenticator(
    apiKeyAuthenticator({ ...options, texts, memory, lookup, lastUse: uses, current, seconds })
  )
  app.guard.addRevocation({ name: NAME, revokeAll: async (subject) => apiKeys.revokeAll(subject) })
  app.decorate('apiKeys', apiKeys)
  if (options.routes !== null) {
    const sessions = app.getDecorator<Sessions>('sessions')
    addRoutes(app, { path: options.routes, maxLoginAge: options.maxLoginAge, apiKeys, sessions })
  }
  addInspection(app, { plugin: NAME, facts: () => ({ store: supervision.facts() }) })
  app.addHook('onReady', supervision.start)
  app.addHook('onClose', async () => {
    supervision.stop()
    await uses.settled()
  })
}

/**
 * Accepts API keys on the routes of its guard, and adds `app.apiKeys`. With the option `routes`, users manage their own keys.
 *
 * @throws RegistrationError for a wrong option, and when the context has API keys already. `app.ready()` rejects with the
 * store's StoreSetupError when its tables are missing or too new
 *
 * @example
 * ```ts
 * await app.register(guard, { scopes: { 'items:read': 'Read items' } })
 * await app.register(apiKeys, { prefix: 'acme', store: memoryStore() })
 * const { key } = await app.apiKeys.create({ subject: 'alice', name: 'backup', scopes: ['items:read'] })
 * ```
 */
const apiKeys: FastifyPluginAsync<ApiKeysOptions> = fp(plugin, {
  name: NAME,
  fastify: '5.x',
  dependencies: ['@latchkey/guard']
})
export default apiKeys
