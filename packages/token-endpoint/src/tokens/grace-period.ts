import { InvalidOptionError } from '@latchkey/guard'
import { STORE_RETRY_AFTER } from '@latchkey/store'

/** How long a store that does not tell takes to answer at most, in seconds. */
const USUAL_TIMEOUT = 5
/** What the network and the timers of a client may add, in seconds. */
const MARGIN = 2

/**
 * Refuses a grace period in which a client that does what it is told cannot come back: the store has used its token and the
 * answer was given up after the store's timeout, the client waits for what `Retry-After` says, and asks again. 0 stands for
 * no grace at all.
 *
 * @param gracePeriod - in seconds
 * @param timeout - the store's, in milliseconds
 * @throws InvalidOptionError
 */
export function mustOutlastRetry(plugin: string, gracePeriod: number, timeout: number | undefined): void {
  const waited = timeout === undefined ? USUAL_TIMEOUT : timeout / 1000
  const sum = waited + STORE_RETRY_AFTER + MARGIN
  if (gracePeriod === 0 || gracePeriod > sum) return
  throw new InvalidOptionError(
    plugin,
    'refreshGracePeriod',
    `must be longer than store timeout ${waited} s + Retry-After ${STORE_RETRY_AFTER} s + margin ${MARGIN} s = ${sum} s; got ${gracePeriod} s. Fix: raise it (at most 60), lower the timeout of the store, or set 0 for no grace period`
  )
}
