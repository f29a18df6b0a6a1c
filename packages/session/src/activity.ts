import type { Session, SessionStore } from '@latchkey/store'
import type { FastifyBaseLogger } from 'fastify'
import { LRUCache } from 'lru-cache'
import { idleTimeoutFor } from './lifetime.ts'

/** Records in the store when sessions were last used. */
export interface Activity {
  /** Does not wait for the store: a request neither takes longer nor fails because of it. */
  note(session: Session, log: FastifyBaseLogger): void
}

const LEAST_OFTEN = 60
const MOST_REMEMBERED = 10_000

/**
 * Records a use at most once a minute, or once in a tenth of the idle timeout if that is shorter. A write for each request
 * would cost more than the rest of the request.
 */
export function activity(
  sessions: SessionStore,
  { idleTimeout, seconds }: { readonly idleTimeout: number; readonly seconds: () => number }
): Activity {
  // When this process last recorded a use: concurrent requests read the same `lastSeenAt` from the store.
  const noted = new LRUCache<string, number>({ max: MOST_REMEMBERED })

  return {
    note(session, log) {
      const { id, lastSeenAt } = session
      const interval = Math.min(LEAST_OFTEN, Math.floor(idleTimeoutFor(session, { idleTimeout }) / 10))
      const time = seconds()
      if (time - Math.max(lastSeenAt, noted.get(id) ?? 0) < interval) return
      noted.set(id, time)
      void touch(id, time, log)
    }
  }

  async function touch(id: string, time: number, log: FastifyBaseLogger): Promise<void> {
    try {
      await sessions.touch(id, time)
    } catch (error) {
      log.warn({ err: error }, 'The use of a session could not be recorded')
    }
  }
}
