import { StoreUnavailableError } from './errors.ts'

/**
 * What a promise gives, if it does in time. The work itself goes on: it may take effect after the caller was told that
 * there is no answer.
 *
 * @param milliseconds - how long to wait
 * @throws StoreUnavailableError when it does not
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
