import {
  fullThrottleLimit,
  type ThrottleCount,
  type ThrottleHold,
  type ThrottleLimit,
  type ThrottleReservation,
  type ThrottleStore,
  type ThrottleWindow
} from '@latchkey/store'
import type { FastifyBaseLogger } from 'fastify'

const MOST_KEYS = 50_000
const RETRY_AFTER = 5

/** A reservation, with the data to release it. */
export interface Reservation extends ThrottleReservation {
  readonly holds: readonly ThrottleHold[]
  /** Whether the reservation was made in the store. Otherwise it was made in this process. */
  readonly isShared: boolean
}

/** Counts failures, and attempts under way that may fail. */
export interface FailureCounts {
  /** The count that this process saw last. Does not ask the store. `undefined` when there is none or its window is over. */
  known(key: string, at: ThrottleWindow): ThrottleCount | undefined
  /** The current count. Does not count anything. */
  read(key: string, at: ThrottleWindow): Promise<ThrottleCount | undefined>
  /** Counts one hit of each key, if all limits have room. */
  reserve(limits: readonly ThrottleLimit[], at: ThrottleWindow): Promise<Reservation>
  /** Takes back the hits of a reservation. */
  release(reservation: Reservation, at: ThrottleWindow): Promise<void>
  /** Removes the count of a key. */
  forget(key: string, at: ThrottleWindow): Promise<void>
}

/**
 * Counts in the store. While the store fails, this process continues with the counts that it saw last, and asks the store again
 * every five seconds at most. The number of counts in memory is bounded; the oldest count is dropped first.
 *
 * @param shared - the store. Without it, this process counts by itself
 */
export function failureCounts(shared: ThrottleStore | undefined, log: FastifyBaseLogger): FailureCounts {
  const seen = new Map<string, ThrottleCount>()
  let failedAt = -Infinity
  let isAway = false
  return { known, read, reserve, release, forget }

  // If the clock was set back, a window that would end too late is over: a client is not locked out for longer.
  function known(key: string, { window, now }: ThrottleWindow): ThrottleCount | undefined {
    const count = seen.get(key)
    return count !== undefined && now < count.resetsAt && count.resetsAt <= now + window ? count : undefined
  }

  async function read(key: string, at: ThrottleWindow): Promise<ThrottleCount | undefined> {
    const count = await ask(at, async (store) => store.read(key, at))
    if (count === undefined) return known(key, at)
    if (count === null) seen.delete(key)
    else remember(key, count, at)
    return count ?? undefined
  }

  async function reserve(limits: readonly ThrottleLimit[], at: ThrottleWindow): Promise<Reservation> {
    // An adapter in plain JavaScript may return anything. Only a complete answer is a reservation.
    const answer: Partial<ThrottleReservation> | undefined = await ask(at, async (store) => store.reserve(limits, at))
    const { reserved, counts = [] } = answer ?? reserveHere(limits, at)
    for (const [index, { key }] of limits.entries()) {
      const count = counts[index]
      if (count !== undefined) remember(key, count, at)
    }
    const holds = limits.map(({ key }, index) => ({ key, resetsAt: counts[index]?.resetsAt ?? 0 }))
    const isWhole = reserved === true && counts.length === limits.length
    return { reserved: isWhole, counts, holds, isShared: answer !== undefined }
  }

  function reserveHere(limits: readonly ThrottleLimit[], at: ThrottleWindow): ThrottleReservation {
    const counts = limits.map(({ key }) => known(key, at) ?? { count: 0, resetsAt: at.now + at.window })
    if (fullThrottleLimit(limits, counts) !== undefined) return { reserved: false, counts }
    return { reserved: true, counts: counts.map(({ count, resetsAt }) => ({ count: count + 1, resetsAt })) }
  }

  async function release({ holds, isShared }: Reservation, at: ThrottleWindow): Promise<void> {
    for (const { key, resetsAt } of holds) {
      const count = seen.get(key)
      if (count?.resetsAt === resetsAt) remember(key, { count: count.count - 1, resetsAt }, at)
    }
    if (isShared) await ask(at, async (store) => store.release(holds))
  }

  async function forget(key: string, at: ThrottleWindow): Promise<void> {
    seen.delete(key)
    await ask(at, async (store) => store.reset(key))
  }

  function remember(key: string, count: ThrottleCount, { now }: ThrottleWindow): void {
    // A count that has not grown keeps its place: refused attempts do not make it newer.
    if (count.count > (seen.get(key)?.count ?? 0) || count.count === 0) seen.delete(key)
    if (count.count === 0) return
    if (seen.has(key)) {
      seen.set(key, count)
      return
    }
    for (const [oldest, { resetsAt }] of seen) {
      if (now < resetsAt && seen.size < MOST_KEYS) break
      seen.delete(oldest)
    }
    seen.set(key, count)
  }

  async function ask<T>(
    { now }: ThrottleWindow,
    question: (store: ThrottleStore) => Promise<T>
  ): Promise<T | undefined> {
    // If the clock was set back, the wait is over.
    const mustWait = isAway && now >= failedAt && now < failedAt + RETRY_AFTER
    if (shared === undefined || mustWait) return undefined
    if (isAway) failedAt = now
    try {
      const answer = await question(shared)
      if (isAway) log.info('The throttle store answers again')
      isAway = false
      return answer
    } catch (error) {
      if (!isAway) log.error({ err: error }, 'The throttle store fails: each process counts by itself until it answers')
      isAway = true
      failedAt = now
      return undefined
    }
  }
}
