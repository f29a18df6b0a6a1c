import { setTimeout as sleep } from 'node:timers/promises'

// In milliseconds, one pause after each failed attempt.
const PAUSES = [200, 400, 800]

/** Returns the result of a call, which is made up to four times. @throws the error of the last attempt */
export async function retried<Result>(call: () => Promise<Result>): Promise<Result> {
  for (const pause of PAUSES) {
    try {
      return await call()
    } catch {
      await sleep(pause)
    }
  }
  return await call()
}
