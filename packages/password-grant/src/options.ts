import { aFunction, checkOptions, clock, group, integer, optional, pluginOptions } from '@latchkey/options'
import type { VerifyPassword } from '@latchkey/passwords'
import { type ThrottleLimits, throttleLimits } from '@latchkey/throttle'

/**
 * The options of the password grant.
 *
 * @example
 * ```ts
 * await app.register(passwordGrant, { verifyPassword: argon2Passwords({ findUser }) })
 * ```
 */
export interface PasswordGrantOptions {
  /** Checks a password: `argon2Passwords({ findUser })` of `@latchkey/passwords`, or a function of your own. */
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

/** The options with their defaults. */
export interface ResolvedOptions extends Required<PasswordGrantOptions> {
  readonly throttle: ThrottleLimits
}

const schema = pluginOptions({
  verifyPassword: aFunction<VerifyPassword>(),
  throttle: group({
    failures: optional(throttleLimits.failures, 10),
    failuresPerAddress: optional(throttleLimits.failures, 100),
    failuresPerAccount: optional(throttleLimits.failures, 100),
    failuresUnderAttack: throttleLimits.failuresUnderAttack,
    window: optional(throttleLimits.window, 900)
  }),
  timeout: optional(integer(1, 300, 'seconds'), 10),
  now: clock
})

/**
 * Checks the options and adds the defaults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: PasswordGrantOptions): ResolvedOptions {
  return checkOptions('@latchkey/password-grant', schema, given)
}
