import { backoff } from './backoff.ts'
import { UpstreamError } from './errors.ts'
import type { IssuerLog } from './log.ts'

/** A document, and how many seconds it is fresh. */
export interface Loaded<T> {
  readonly value: T
  readonly maxAge: number
}

/** The options of {@link keepDocument}. Times are in seconds, except those of `clock`. */
export interface KeepOptions<T> {
  /** The name of the document, for the log. */
  readonly what: string
  readonly load: () => Promise<Loaded<T>>
  /** How long after its fetch a document stays in use while no newer one can be fetched. */
  readonly maxStale: number
  /** Returns milliseconds that never go back. */
  readonly clock: () => number
  readonly log: IssuerLog | undefined
}

/** A document that is fetched on first use, and again when it is too old. */
export interface KeptDocument<T> {
  /**
   * Returns the document: at once if a usable one is at hand, even while a newer one is being fetched. Waits for the newer one
   * only if there is no usable one, or if the document is twice as old as its `maxAge` because nothing asked for it.
   */
  readonly get: () => Promise<T>
  /** Returns what {@link KeptDocument.get} returns without waiting, or `null` if it would wait. */
  readonly atHand: () => T | null
  /** Fetches the document now. Concurrent calls share one fetch. While fetches fail, most calls throw without a fetch. */
  readonly renew: () => Promise<T>
  /** The number of successful fetches. */
  readonly loads: () => number
  /** Whether the last fetch failed or one is under way: {@link KeptDocument.renew} then returns or throws the result. */
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
 * Keeps a document in use through outages of its server. There is one fetch at a time, and none before the wait after the last
 * failure is over. The last good document stays in use until `maxStale`. There is no timer: everything happens on a call.
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
    // Nothing asked for so long that the document may have been withdrawn, while its server is healthy.
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
      const { message: reason } = Object(cause) as Partial<Error> // `cause` may be missing
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
