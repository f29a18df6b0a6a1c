import { setImmediate } from 'node:timers/promises'
import { UnavailableError } from '@latchkey/guard'
import type { Revocation, RevocationStore } from '@latchkey/store'
import type { FastifyBaseLogger } from 'fastify'
import type { ResolvedRevocationOptions } from './options.ts'

export interface RevocationFeedDependencies extends ResolvedRevocationOptions {
  readonly store: RevocationStore
  readonly log: FastifyBaseLogger
  /** Called with the revocations that were read. */
  readonly receive: (revocations: readonly Revocation[]) => void
}

/** Reads the revocations of all processes. */
export interface RevocationFeed {
  /** Reads every revocation that was stored before the call. Calls during a reading share the next reading. */
  readonly read: () => Promise<void>
  /** @throws UnavailableError when the last reading is too long ago, or there was none */
  readonly requireFresh: () => void
  /** Reads for the first time, then repeats. Does not reject when the store fails: `requireFresh` throws then. */
  readonly start: () => Promise<void>
  readonly stop: () => void
}

/** Makes a follower of a store's feed. It has read nothing yet. */
export function revocationFeed(options: RevocationFeedDependencies): RevocationFeed {
  const { store, interval, staleAfter, acceptStale, log, receive } = options
  let cursor: string | null = null
  // Whether the feed was read to its end once.
  let isComplete = false
  // By `performance.now()`, which is never set back.
  let freshUntil = Number.NEGATIVE_INFINITY
  let current: Promise<void> | undefined
  let next: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let trouble: 'none' | 'failing' | 'stale' = 'none'

  return {
    read,
    requireFresh() {
      if (isStale()) throw new UnavailableError('It cannot be told at the moment what was revoked')
    },
    start: follow,
    stop() {
      stopped = true
      clearTimeout(timer)
    }
  }

  function isStale(): boolean {
    return performance.now() > freshUntil && !(acceptStale && isComplete)
  }

  function read(): Promise<void> {
    if (current === undefined) {
      current = readOnce().finally(() => {
        current = undefined
      })
      return current
    }
    const again = (): Promise<void> => {
      next = undefined
      return read()
    }
    next ??= current.then(again, again)
    return next
  }

  async function readOnce(): Promise<void> {
    const asked = performance.now()
    while (await readPart()) await setImmediate() // lets other work run between two parts
    isComplete = true
    freshUntil = asked + staleAfter
  }

  async function readPart(): Promise<boolean> {
    const { revocations, cursor: next, more } = await store.since(cursor)
    receive(revocations)
    cursor = next
    return more
  }

  async function follow(): Promise<void> {
    try {
      await read()
      report('none')
    } catch (error) {
      report(performance.now() > freshUntil ? 'stale' : 'failing', error)
    }
    if (!stopped) timer = setTimeout(() => void follow(), interval).unref()
  }

  function report(state: typeof trouble, err?: unknown): void {
    if (state === trouble || stopped) return
    trouble = state
    if (state === 'none') log.info('The store says again what was revoked')
    else if (state === 'failing') log.warn({ err }, 'The store does not say what was revoked')
    else if (isStale()) log.error({ err }, 'It cannot be told what was revoked: access tokens are answered with 503')
    else log.error({ err }, 'It cannot be told what was revoked: access tokens are honoured all the same')
  }
}
