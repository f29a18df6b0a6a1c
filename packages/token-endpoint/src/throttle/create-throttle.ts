import { checkOptions, mustBeInteger, type OptionCheck, optional } from '@latchkey/guard'
import type { ThrottleStore, ThrottleWindow } from '@latchkey/store'
import type { FastifyBaseLogger } from 'fastify'
import type { ClientAddresses } from './client-addresses.ts'
import { countedAttempts } from './counted-attempts.ts'
import { failureCounts } from './failure-counts.ts'
import { reservedAttempts } from './reserved-attempts.ts'
import type { CreateThrottle, Throttle, ThrottleLimits } from './throttle.ts'
import { throttleKeys } from './buckets.ts'

const mustBeFailures = mustBeInteger(1, 1_000_000_000, 'failures')

const checks: { readonly [Name in keyof Required<ThrottleLimits>]: OptionCheck } = {
  failures: mustBeFailures,
  failuresPerAddress: optional(mustBeFailures),
  failuresPerAccount: optional(mustBeFailures),
  failuresUnderAttack: optional(mustBeFailures),
  window: mustBeInteger(1, 86_400, 'seconds')
}

/** The options of a token endpoint that its throttles use. */
interface ThrottleSurroundings {
  readonly store: { readonly throttle?: ThrottleStore | undefined }
  readonly issuer: string
  readonly now: () => number
  readonly clientThrottle: ThrottleLimits
}

/**
 * Makes the throttles for the grants of a token endpoint, and the throttle for the secrets of its clients. All count in its
 * store.
 */
export function endpointThrottles(
  { store, issuer, now, clientThrottle }: ThrottleSurroundings,
  addresses: ClientAddresses,
  log: FastifyBaseLogger
): { throttle: CreateThrottle; clientThrottle: Throttle } {
  const counts = failureCounts(store.throttle, log)
  return {
    throttle(purpose, given) {
      const { identity, limits, at } = settingsOf(purpose, given)
      return reservedAttempts({ ...identity, ofKnownClients: true }, limits, counts, addresses, at)
    },
    clientThrottle: secretsThrottle()
  }

  function secretsThrottle(): Throttle {
    const { identity, limits, at } = settingsOf('client secrets', clientThrottle)
    return countedAttempts({ ...identity, ofKnownClients: false }, limits, counts, addresses, at)
  }

  function settingsOf(purpose: string, given: ThrottleLimits) {
    const limits = checkOptions(`The throttle for ${purpose}`, given, checks)
    const at = (): ThrottleWindow => ({ window: limits.window, now: Math.floor(now() / 1000) })
    return { limits, at, identity: { purpose, keyOf: throttleKeys([issuer, purpose]) } }
  }
}
