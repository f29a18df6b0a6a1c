import { withTimeout } from '@latchkey/promises'
import { StoreUnavailableError } from './errors.ts'

/**
 * The result of a promise, with a time limit. The work itself is not stopped: it may take effect after this has rejected.
 *
 * @param milliseconds - the limit
 * @throws StoreUnavailableError when the time is over
 */
export async function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  return withTimeout(
    milliseconds,
    () => promise,
    () => new StoreUnavailableError('no answer in time')
  )
}
