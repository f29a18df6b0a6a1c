import { StoreUnavailableError } from './errors.ts'

/**
 * The result of a promise, with a time limit. The work itself is not stopped: it may take effect after this has rejected.
 *
 * @param milliseconds - the limit
 * @throws StoreUnavailableError when the time is over
 */
export async function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreUnavailableError('no answer in time')), milliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
