import { backoff } from './backoff.ts'
import { UpstreamError } from './errors.ts'
import type { IssuerLog } from './log.ts'

/** A document, and for how many seconds it is good. */
export interface Loaded<T> {
  readonly value: T
  readonly maxAge: number
}

/** What {@link keepDocument} needs to know. Times are in seconds, but for the clock's. */
export interface KeepOptions<T> {
  /** What is kept, for the log. */
  readonly what: string
  readonly load: () => Promise<Loaded<T>>
  /** For how long after it was fetched a document stays in use while another cannot be had. */
  readonly maxStale: number
  /** Milliseconds that never go back. */
  readonly clock: () => number
  readonly log: IssuerLog | undefined
}

/** A document that is fetched when it is first needed, and again when it is too old. */
export interface KeptDocument<T> {
  /**
   * The document: at once where one is in use, even if another is being fetched meanwhile. Waits for that other only
   * when there is none in use, or when it is twice as old as it should be for want of anybody asking.
   */
  readonly get: () => Promise<T>
  /** What {@link KeptDocument.get} gives without waiting, or `null` where it would wait. */
  readonly atHand: () => T | null
  /** The document as it is published now. Many that ask share one fetch, and while fetches fail most of them are spared. */
  readonly renew: () => Promise<T>
  /** How often it was fetched with success. */
  readonly loads: () => number
  /** Whether the last fetch failed, or one is under way: {@link KeptDocument.renew} tells how it stands. */
  readonly isUncertain: () => boolean
}

interface Kept<T> extends Loaded<T> {
  readonly fetchedAt: number
}

interface Outage {
  readonly failures: number
  readonly until: number
  readonly error: UpstreamError
}

const STALE_TOLD_EVERY = 3600

/**
 * Keeps a document through its server's bad days: one fetch at a time, none before the time that the last failure asked
 * for, the last good document in use until `maxStale`. Has no timer: it works when it is asked.
 */
export function keepDocument<T>({ what, load, maxStale, clock, log }: KeepOptions<T>): KeptDocument<T> {
  let kept: Kept<T> | null = null
  let outage: Outage | null = null
  let underWay: Promise<T> | null = null
  let loads = 0
  let toldAt = Number.NEGATIVE_INFINITY

  return Object.freeze({
    async get() {
      const value = atHand()
      if (value !== null) return value
      const stale = usable()
      return stale === null ? await renew() : await renew().catch(() => stale.value)
    },
    atHand,
    renew,
    loads: () => loads,
    isUncertain: () => outage !== null || underWay !== null
  } satisfies KeptDocument<T>)

  function now(): number {
    return clock() / 1000
  }

  function usable(): Kept<T> | null {
    return kept !== null && now() < kept.fetchedAt + maxStale ? kept : null
  }

  function atHand(): T | null {
    const found = usable()
    if (found === null) return null
    const { value, fetchedAt, maxAge } = found
    if (now() < fetchedAt + maxAge || !mayTry()) return value
    renew().catch(() => undefined)
    // Nobody asked for so long that what was kept may be long withdrawn, by a server that nothing ails.
    return outage === null && now() >= fetchedAt + 2 * maxAge ? null : value
  }

  function mayTry(): boolean {
    return outage === null || now() >= outage.until
  }

  async function renew(): Promise<T> {
    if (underWay !== null) return await underWay
    if (outage !== null && !mayTry()) throw failed(outage)
    underWay = load().then(succeed, fail)
    try {
      return await underWay
    } finally {
      underWay = null
    }
  }

  function succeed({ value, maxAge }: Loaded<T>): T {
    const before = outage
    outage = null
    kept = { value, maxAge: Math.min(maxAge, maxStale), fetchedAt: now() }
    loads++
    if (before !== null) log?.info({ failures: before.failures }, `${what} can be fetched again`)
    return value
  }

  function fail(thrown: unknown): never {
    const error = thrown instanceof UpstreamError ? thrown : unexpected(thrown)
    const failures = (outage?.failures ?? 0) + 1
    const wait = backoff(failures, error.retryAfter)
    outage = { failures, until: now() + wait, error }
    const isUsable = usable() !== null
    if (!isUsable || failures === 1 || now() >= toldAt + STALE_TOLD_EVERY) {
      toldAt = now()
      const { code, status, cause } = error
      const { message: reason } = Object(cause) as Partial<Error> // there may be none
      const consequence = isUsable ? 'the last good one stays in use' : 'there is none to use'
      log?.warn({ code, status, reason, failures, retryAfter: wait }, `${what} cannot be fetched: ${consequence}`)
    }
    throw failed(outage)
  }

  function failed({ error, until }: Outage): UpstreamError {
    return new UpstreamError(error.code, { cause: error.cause, status: error.status, retryAfter: until - now() })
  }
}

function unexpected(cause: unknown): UpstreamError {
  return new UpstreamError('LATCHKEY_UPSTREAM_UNREACHABLE', { cause })
}
