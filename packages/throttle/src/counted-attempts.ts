import type { ThrottleCount, ThrottleWindow } from '@latchkey/store'
import type { ClientAddresses } from './client-addresses.ts'
import type { FailureCounts } from './failure-counts.ts'
import { bucketsOf } from './buckets.ts'
import type { Guess, Throttle, ThrottleLimits } from './throttle.ts'
import { endOf, type ThrottleIdentity, throttled } from './throttled.ts'

/**
 * A throttle for random secrets, where many right attempts may run at once. An attempt is counted after it has failed. The
 * shared count is read after every attempt, right or wrong: past the limit, both get the same answer.
 */
export function countedAttempts(
  identity: ThrottleIdentity,
  limits: Pick<ThrottleLimits, 'failures' | 'window'>,
  counts: FailureCounts,
  addresses: ClientAddresses,
  at: () => ThrottleWindow
): Throttle {
  return {
    async attempt(guess, verify) {
      const [{ limit }] = bucketsOf(guess, limits, identity.keyOf, addresses)
      const { key } = limit
      const known = counts.known(key, at())
      requireRoom(known, guess)
      const verified = await verify().catch(async (error: unknown) => {
        if (identity.isFailure(error)) await count(key, guess)
        throw error
      })
      if (!verified) {
        await count(key, guess)
        return null
      }
      const failures = await counts.read(key, at())
      requireRoom(failures, guess)
      if (failures !== undefined) await counts.forget(key, at())
      return verified
    }
  }

  async function count(key: string, guess: Guess): Promise<void> {
    const { counts: found } = await counts.reserve([{ key }], at())
    const [current] = found
    if (!((current?.count ?? Number.NaN) <= limits.failures)) throw refusal(current, guess)
  }

  function requireRoom(count: ThrottleCount | undefined, guess: Guess): void {
    if (count !== undefined && !(count.count < limits.failures)) throw refusal(count, guess)
  }

  function refusal(count: ThrottleCount | undefined, guess: Guess): Error {
    return throttled(identity, guess, 'account and address', endOf(count, at().now))
  }
}
