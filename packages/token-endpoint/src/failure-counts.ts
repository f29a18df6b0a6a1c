import type { ThrottleCount, ThrottleStore, ThrottleWindow } from '@latchkey/store'
import type { FastifyBaseLogger } from 'fastify'

const MOST_KEYS = 50_000
const RETRY_AFTER = 5

/** How often something failed, as far as this process knows. */
export interface FailureCounts {
  /** The count that this process saw last, at no cost; nothing when there is none or its window is over. */
  known(key: string, at: ThrottleWindow): ThrottleCount | undefined
  /** Counts one more. */
  add(key: string, at: ThrottleWindow): Promise<ThrottleCount>
  /** Forgets what was counted. */
  forget(key: string, at: ThrottleWindow): Promise<void>
}

/**
 * Counts in the store, which always answer: while the store fails, this process goes on from what it saw last, and asks
 * again no more than every five seconds. Bounded; the oldest count goes first.
 *
 * @param shared - without it the process counts by itself
 */
export function failureCounts(shared: ThrottleStore | undefined, log: FastifyBaseLogger): FailureCounts {
  const seen = new Map<string, ThrottleCount>()
  let failedAt = -Infinity
  let isAway = false
  return { known, add, forget }

  // When the clock is set back, a window that ends too late is over: nobody stays locked out for it.
  function known(key: string, { window, now }: ThrottleWindow): ThrottleCount | undefined {
    const count = seen.get(key)
    return count !== undefined && now < count.resetsAt && count.resetsAt <= now + window ? count : undefined
  }

  async function add(key: string, at: ThrottleWindow): Promise<ThrottleCount> {
    const count = (await ask(at.now, async (store) => store.hit(key, at))) ?? countedHere(key, at)
    seen.delete(key)
    for (const [oldest, { resetsAt }] of seen) {
      if (at.now < resetsAt && seen.size < MOST_KEYS) break
      seen.delete(oldest)
    }
    seen.set(key, count)
    return count
  }

  async function forget(key: string, { now }: ThrottleWindow): Promise<void> {
    seen.delete(key)
    await ask(now, async (store) => store.reset(key))
  }

  function countedHere(key: string, at: ThrottleWindow): ThrottleCount {
    const { count, resetsAt } = known(key, at) ?? { count: 0, resetsAt: at.now + at.window }
    return { count: count + 1, resetsAt }
  }

  async function ask<T>(now: number, question: (store: ThrottleStore) => Promise<T>): Promise<T | undefined> {
    if (shared === undefined || (isAway && now < failedAt + RETRY_AFTER)) return undefined
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
