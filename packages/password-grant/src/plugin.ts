// The resource owner password credentials grant for first-party clients: https://www.rfc-editor.org/rfc/rfc6749#section-4.3
import { passwordAttempts, prepareHashing } from '@latchkey/passwords'
import { TokenError } from '@latchkey/token-endpoint'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { passwordGrant } from './grant.ts'
import { type PasswordGrantOptions, resolveOptions } from './options.ts'

const NAME = '@latchkey/password-grant'

const plugin: FastifyPluginAsync<PasswordGrantOptions> = async (app, given) => {
  const { throttle: limits, ...options } = resolveOptions(given)
  const throttle = app.tokenEndpoint.throttle('passwords', limits)
  const isAnswer = (error: unknown): error is TokenError => error instanceof TokenError
  app.tokenEndpoint.addGrant(passwordGrant(passwordAttempts({ ...options, throttle, isAnswer })))
  // Not awaited: the load continues in the background while the server starts to listen.
  app.addHook('onReady', async () => prepareHashing())
  app.log.warn(
    'grant_type=password is on. RFC 9700 §2.4 says that it must not be used: it is for first-party clients only. ' +
      'Give no other client this grant type'
  )
}

/**
 * Adds `grant_type=password` to the token endpoint, for clients whose `grantTypes` contain it. Failed attempts are counted by
 * account and address. After too many the answer is 429.
 *
 * @see [RFC 6749 §4.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.3)
 * @see [RFC 9700 §2.4](https://www.rfc-editor.org/rfc/rfc9700#section-2.4)
 */
const passwordGrantPlugin: FastifyPluginAsync<PasswordGrantOptions> = fp(plugin, {
  name: NAME,
  fastify: '5.x',
  dependencies: ['@latchkey/token-endpoint']
})
export default passwordGrantPlugin
