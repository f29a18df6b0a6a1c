// The resource owner password credentials grant for first-party clients: https://www.rfc-editor.org/rfc/rfc6749#section-4.3
import { checkOptions, must, mustBeFunction, mustBeInteger, optional } from '@latchkey/guard'
import type { ThrottleLimits } from '@latchkey/throttle'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { passwordGrant } from './grant.ts'
import type { VerifyPassword } from './verify-password.ts'

const NAME = '@latchkey/password-grant'

/**
 * The options of the password grant.
 *
 * @example
 * ```ts
 * await app.register(passwordGrant, { verifyPassword: argon2Passwords({ findUser }) })
 * ```
 */
export interface PasswordGrantOptions {
  /** Checks a password: `argon2Passwords({ findUser })`, or a function of your own. */
  verifyPassword: VerifyPassword
  /**
   * The number of passwords that may be wrong before the answer is 429; then neither the user nor the password is checked. The
   * store of the token endpoint keeps the counts. It cannot be turned off. Default:
   * `{ failures: 10, failuresPerAddress: 100, failuresPerAccount: 100, failuresUnderAttack: 3, window: 900 }`.
   */
  throttle?: Partial<ThrottleLimits>
  /** How long `verifyPassword` may take before the answer is 503, in seconds. Default: 10. */
  timeout?: number
  /** The current time in milliseconds since the epoch. Use the same as for the token endpoint. Default: `Date.now`. */
  now?: () => number
}

const plugin: FastifyPluginAsync<PasswordGrantOptions> = async (app, options) => {
  const {
    verifyPassword,
    throttle: limits = {},
    timeout = 10,
    now = Date.now
  } = checkOptions(NAME, options, {
    verifyPassword: mustBeFunction,
    throttle: optional(must('be an object: { failures, window, ... }', isObject)),
    timeout: optional(mustBeInteger(1, 300, 'seconds')),
    now: optional(mustBeFunction)
  })
  const { failures = 10, failuresPerAddress = 100, failuresPerAccount = 100, window = 900 } = limits
  const throttle = app.tokenEndpoint.throttle('passwords', {
    ...limits,
    failures,
    failuresPerAddress,
    failuresPerAccount,
    window
  })
  app.tokenEndpoint.addGrant(passwordGrant({ verifyPassword, throttle, timeout, now }))
  app.log.warn(
    'grant_type=password is on. RFC 9700 §2.4 says that it must not be used: it is for first-party clients only. ' +
      'Give no other client this grant type'
  )
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
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
