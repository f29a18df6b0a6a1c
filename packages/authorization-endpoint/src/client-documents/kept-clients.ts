import { UnavailableError } from '@latchkey/guard'
import { UpstreamError } from '@latchkey/issuer'
import { singleFlight } from '@latchkey/promises'
import type { Client } from '@latchkey/token-endpoint'
import { LRUCache } from 'lru-cache'

/** A client, and how many seconds it may be kept. */
export interface LoadedClient {
  readonly client: Client
  readonly maxAge: number
}

export interface KeptClientsDependencies {
  /** Fetches and checks a document. */
  readonly load: (url: string) => Promise<LoadedClient>
  /** The time in seconds. */
  readonly seconds: () => number
  /** Called for each fetch that failed. */
  readonly tell: (url: string, error: unknown) => void
}

interface Kept extends LoadedClient {
  readonly fetchedAt: number
}

const MOST_CLIENTS = 1000
/** The most fetches at a time. */
const MOST_UNDER_WAY = 50
/** The most fetches in a minute: strangers choose the URLs, and must not make this server flood another one. */
const MOST_A_MINUTE = 1000
const MINUTE = 60
/** How long a document is not fetched again after a failure, in seconds. Nothing of the error is kept. */
const PAUSE = MINUTE
/** How long after its fetch a document stays in use while its server is down, in seconds. */
const LONGEST_STALE = 24 * 60 * 60

/**
 * Finds the client of a document: the kept one while it is fresh, or else that of a new fetch. There is one fetch at a time for
 * one document, none in the minute after a failure, and a limit for all. While a server is down, its last document stays in use, at most a day.
 * A document that its server refuses, or that has become invalid, does not.
 *
 * @returns a function that returns `undefined` when there is no usable document
 */
export function keptClients({
  load,
  seconds,
  tell
}: KeptClientsDependencies): (url: string) => Promise<Client | undefined> {
  const kept = new LRUCache<string, Kept>({ max: MOST_CLIENTS })
  // Apart from the clients, which a flood of bad identifiers must not displace.
  const failed = new LRUCache<string, number>({ max: MOST_CLIENTS })
  const shared = singleFlight<Client | undefined>()
  let underWay = 0
  let minute = { since: Number.NaN, fetches: 0 }

  return async (url) => {
    const known = kept.get(url)
    if (known !== undefined && isWithin(known.fetchedAt, known.maxAge)) return known.client
    if (isWithin(failed.get(url) ?? Number.NaN, PAUSE)) return staleOf(url)
    return shared(url, async () => (mayFetch() ? fetchOne(url) : instead(url)))
  }

  function mayFetch(): boolean {
    if (!isWithin(minute.since, MINUTE)) minute = { since: seconds(), fetches: 0 }
    return underWay < MOST_UNDER_WAY && ++minute.fetches <= MOST_A_MINUTE
  }

  function instead(url: string): Client {
    const client = staleOf(url)
    if (client === undefined) throw new UnavailableError('Too many documents of clients are being fetched')
    return client
  }

  function fetchOne(url: string): Promise<Client | undefined> {
    underWay++
    const call = load(url).then(
      (loaded) => succeed(url, loaded),
      (error: unknown) => fail(url, error)
    )
    return call.finally(() => underWay--)
  }

  function succeed(url: string, loaded: LoadedClient): Client {
    failed.delete(url)
    kept.set(url, { ...loaded, fetchedAt: seconds() })
    return loaded.client
  }

  function fail(url: string, error: unknown): Client | undefined {
    failed.set(url, seconds())
    if (!isOutage(error)) kept.delete(url)
    tell(url, error)
    return staleOf(url)
  }

  function staleOf(url: string): Client | undefined {
    const known = kept.get(url)
    return known !== undefined && isWithin(known.fetchedAt, LONGEST_STALE) ? known.client : undefined
  }

  /** If the clock goes back, the period is over. */
  function isWithin(since: number, period: number): boolean {
    const age = seconds() - since
    return age >= 0 && age < period
  }
}

/** Whether the server of a document may have a bad day, and has not withdrawn the document. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof UpstreamError)) return false
  const { code, status = 0 } = error
  if (code === 'LATCHKEY_UPSTREAM_STATUS') return status >= 500 || status === 408 || status === 429
  return code === 'LATCHKEY_UPSTREAM_UNREACHABLE' || code === 'LATCHKEY_UPSTREAM_TIMEOUT'
}
