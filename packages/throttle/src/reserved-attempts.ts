import { fullThrottleLimit, type ThrottleWindow } from '@latchkey/store'
import type { ClientAddresses } from './client-addresses.ts'
import type { FailureCounts, Reservation } from './failure-counts.ts'
import { type Bucket, bucketsOf } from './buckets.ts'
import type { Guess, Throttle, ThrottleLimits } from './throttle.ts'
import { endOf, tellOfAttack, type ThrottleIdentity, throttled } from './throttled.ts'

/**
 * A throttle for secrets that people choose, such as passwords. An attempt is counted as a failure before it is verified, and
 * given back if it did not fail. So the number of attempts that are verified never exceeds the limit, across all processes.
 */
export function reservedAttempts(
  identity: ThrottleIdentity,
  limits: ThrottleLimits,
  counts: FailureCounts,
  addresses: ClientAddresses,
  at: () => ThrottleWindow
): Throttle {
  const { keyOf } = identity
  const { failuresPerAccount = Infinity } = limits
  /** The number of attempts per key that this process is verifying now. */
  const underWay = new Map<string, number>()

  return {
    async attempt(guess, verify) {
      const buckets = bucketsOf(guess, limits, keyOf, addresses)
      const reservation = await counts.reserve(
        buckets.map(({ limit }) => limit),
        at()
      )
      if (!reservation.reserved) throw refusal(buckets, reservation, guess)
      enter(buckets, 1)
      return settle(guess, verify, buckets, reservation).finally(() => enter(buckets, -1))
    }
  }

  async function settle<Verified extends object>(
    guess: Guess,
    verify: () => Promise<Verified | null | undefined>,
    buckets: readonly [Bucket, ...Bucket[]],
    reservation: Reservation
  ): Promise<Verified | null> {
    try {
      const verified = await verify()
      if (verified) await giveBack(buckets, reservation)
      else await tellIfUnderAttack(reservation, guess)
      return verified ?? null
    } catch (error) {
      if (identity.isFailure(error)) await tellIfUnderAttack(reservation, guess)
      else await counts.release(reservation, at())
      throw error
    }
  }

  /** After a success: gives the attempt back, and clears the earlier failures of this account, address and client. */
  async function giveBack([own]: readonly [Bucket, ...Bucket[]], reservation: Reservation): Promise<void> {
    const [count] = reservation.counts
    const hadFailures = count !== undefined && count.count > 1
    await counts.release(reservation, at())
    if (hadFailures) await counts.forget(own.limit.key, at())
  }

  function refusal(buckets: readonly [Bucket, ...Bucket[]], { counts: found }: Reservation, guess: Guess): Error {
    const full = fullThrottleLimit(
      buckets.map(({ limit }) => limit),
      found
    )
    const { name, limit } = (full && buckets[full.index]) ?? buckets[0]
    const count = full && found[full.index]
    // If only concurrent attempts fill the limit, the client need not wait for the end of the window.
    const failed = (count?.count ?? 0) - (underWay.get(limit.key) ?? 0)
    const isSoon = full === undefined || failed < full.most
    return throttled(identity, guess, name, isSoon ? 1 : endOf(count, at().now))
  }

  /** Publishes the event once in a window, in whichever process the limit is reached. */
  async function tellIfUnderAttack({ counts: found }: Reservation, guess: Guess): Promise<void> {
    const failuresOfAccount = Number(found.at(-1)?.count)
    if (!(failuresOfAccount >= failuresPerAccount)) return
    const limits = [{ key: keyOf('under attack', guess.account), most: 1 }]
    if (limits.some(({ key }) => counts.known(key, at()))) return
    if ((await counts.reserve(limits, at())).reserved) tellOfAttack(identity, guess)
  }

  function enter(buckets: readonly Bucket[], by: 1 | -1): void {
    for (const { limit } of buckets) {
      const attempts = (underWay.get(limit.key) ?? 0) + by
      if (attempts > 0) underWay.set(limit.key, attempts)
      else underWay.delete(limit.key)
    }
  }
}
