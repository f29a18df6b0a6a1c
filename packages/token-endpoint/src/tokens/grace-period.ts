import { RegistrationError } from '@latchkey/options'
import { STORE_RETRY_AFTER } from '@latchkey/store'

/** The assumed timeout of a store that has no `timeout`, in seconds. */
const USUAL_TIMEOUT = 5
/** The time that the network and the timers of a client may add, in seconds. */
const MARGIN = 2

/**
 * Refuses a grace period that is too short for a correct client to retry. In the worst case the store has used the token, the
 * answer was given up after the store's timeout, and the client waits for `Retry-After` before it asks again. 0 means no grace
 * period and is accepted.
 *
 * @param gracePeriod - in seconds
 * @param timeout - the store's, in milliseconds
 * @throws RegistrationError
 */
export function mustOutlastRetry(plugin: string, gracePeriod: number, timeout: number | undefined): void {
  const waited = timeout === undefined ? USUAL_TIMEOUT : timeout / 1000
  const sum = waited + STORE_RETRY_AFTER + MARGIN
  if (gracePeriod === 0 || gracePeriod > sum) return
  throw new RegistrationError(
    plugin,
    `refreshGracePeriod must be longer than store timeout ${waited} s + Retry-After ${STORE_RETRY_AFTER} s + margin ${MARGIN} s = ${sum} s. Fix: raise it (at most 60), lower the timeout of the store, or set 0 for no grace period`
  )
}
