import { TooManyRequestsError } from '@latchkey/guard'
import { addInspection } from '@latchkey/guard/plugin'
import { checkOptions, members } from '@latchkey/options'
import type { ThrottleStore, ThrottleWindow } from '@latchkey/store'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { throttleKeys } from './buckets.ts'
import { clientAddresses } from './client-addresses.ts'
import { countedAttempts } from './counted-attempts.ts'
import { failureCounts } from './failure-counts.ts'
import { reservedAttempts } from './reserved-attempts.ts'
import { throttleLimits } from './limits.ts'
import type { Throttle, ThrottleLimits } from './throttle.ts'
import { proxyTrust } from './trusted-proxies.ts'

/** The options of {@link throttles}. */
export interface ThrottlesOptions {
  /** The name of the plugin, for its warnings. */
  readonly plugin: string
  /** Separates the counts of several servers in one store, e.g. the issuer. Equal on all processes of a server. */
  readonly realm: string
  /** The store of the counts, e.g. `store.throttle`. Without it, each process counts by itself. */
  readonly store?: ThrottleStore | undefined
  /** The current time in milliseconds since the epoch, e.g. the time of the store. Default: `Date.now`. */
  readonly now?: () => number
  /** Whether an error of `verify` means that the guess is wrong. Default: no error does. */
  readonly isFailure?: (error: unknown) => boolean
  /**
   * Makes the error for an attempt that is throttled.
   *
   * @param retryAfter - when to try again, in seconds. Default: guard's TooManyRequestsError, a 429 with `Retry-After`
   */
  readonly tooMany?: (retryAfter: number) => Error
}

/**
 * Makes a throttle. Two throttles with the same purpose share their counts.
 *
 * @throws RegistrationError when a limit is missing, unknown or ill-typed
 */
export type CreateThrottle = (purpose: string, limits: ThrottleLimits) => Throttle

/** The throttles of a plugin, which count in one store. */
export interface Throttles {
  /**
   * For secrets that can be guessed, such as passwords and PINs. Before `verify` is called, an attempt is counted as a failure,
   * in the store that all processes share. If it does not fail, it is given back. So the number of guesses that are verified
   * never exceeds the limits, however many come at once. If a process dies during an attempt, the attempt stays counted until
   * the window ends.
   */
  readonly forGuessableSecrets: CreateThrottle
  /**
   * For random secrets, such as API keys: any number of right attempts may run at once. An attempt is counted after it has
   * failed. Past the limit, right and wrong secrets get the same answer. Events do not name the client.
   */
  readonly forRandomSecrets: (purpose: string, limits: Pick<ThrottleLimits, 'failures' | 'window'>) => Throttle
  /** Logs one warning when a request shows that its address is not that of the client. For an `onRequest` hook. */
  readonly watch: (request: FastifyRequest) => void
}

const schema = members(throttleLimits)

/**
 * The throttles of a plugin. Addresses are those of guard's `clientNetwork()`. Logs a warning if Fastify trusts every proxy,
 * because clients can then forge their address.
 *
 * @example
 * ```ts
 * const { forGuessableSecrets } = throttles(app, { plugin: 'my-login', realm: 'https://example.com', store: store.throttle })
 * const throttle = forGuessableSecrets('passwords', { failures: 10, window: 900 })
 * ```
 */
export function throttles(
  app: FastifyInstance,
  { plugin, realm, store, now = Date.now, isFailure = () => false, tooMany = tooManyRequests }: ThrottlesOptions
): Throttles {
  const addresses = clientAddresses(plugin, app.log)
  addresses.checkTrust(app)
  addInspection(app, { plugin: '@latchkey/throttle', facts: () => ({ of: plugin, proxyTrust: proxyTrust(app) }) })
  const counts = failureCounts(store, app.log)
  return Object.freeze({
    forGuessableSecrets(purpose, given) {
      const { identity, limits, at } = settingsOf(purpose, given)
      return reservedAttempts({ ...identity, ofKnownClients: true }, limits, counts, addresses, at)
    },
    forRandomSecrets(purpose, given) {
      const { identity, limits, at } = settingsOf(purpose, given)
      return countedAttempts({ ...identity, ofKnownClients: false }, limits, counts, addresses, at)
    },
    watch: (request) => addresses.watch(request)
  } satisfies Throttles)

  function settingsOf(purpose: string, given: ThrottleLimits) {
    const limits = checkOptions(`The throttle for ${purpose}`, schema, given)
    const at = (): ThrottleWindow => ({ window: limits.window, now: Math.floor(now() / 1000) })
    return { limits, at, identity: { purpose, keyOf: throttleKeys([realm, purpose]), isFailure, tooMany } }
  }
}

function tooManyRequests(retryAfter: number): Error {
  return new TooManyRequestsError('Too many attempts', { retryAfter })
}
