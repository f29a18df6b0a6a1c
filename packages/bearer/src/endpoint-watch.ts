import { UnavailableError } from '@latchkey/guard'
import { backoff, type IssuerLog, type UpstreamError } from '@latchkey/issuer'
import { isClientRefused } from './client-refused.ts'
import { type Period, within } from './within.ts'

/** What is told of an endpoint. The logger of Fastify is one. */
export interface EndpointLog extends IssuerLog {
  readonly error: (details: object, message: string) => void
}

/** What {@link watchEndpoint} needs to know. */
export interface WatchOptions {
  /** What is watched, for the log. */
  readonly what: string
  /** The time in seconds. */
  readonly now: () => number
  readonly log: EndpointLog
}

/**
 * Makes a call, if the endpoint is to be called now.
 *
 * @throws UnavailableError when it is not, or when the call fails
 */
export type Watch = <Answer>(call: () => Promise<Answer>) => Promise<Answer>

interface Outage extends Period {
  readonly failures: number
}

const MOST_UNDER_WAY = 64
const MOST_STRIKES = 5

// What it answers to one token, it need not answer to another: the first surely, the second perhaps. No answer in time
// is like the second.
const REFUSES_THE_TOKEN: ReadonlySet<number> = new Set([400, 413, 414, 422, 431])
const STUMBLES: ReadonlySet<number> = new Set([200, 500])
const REFUSES_US: ReadonlySet<number> = new Set([401, 403])

/**
 * Stands before an endpoint that strangers make this server call. Lets 64 calls through at once, and none while the
 * endpoint is down. When it is time to see whether it still is, lets one through. The others fail at once.
 *
 * Whoever finds a token that the endpoint stumbles over, or takes too long over, must not keep it from everybody else: such a
 * failure counts when it is the fifth in a row, and never makes the wait longer.
 */
export function watchEndpoint({ what, now, log }: WatchOptions): Watch {
  let outage: Outage | null = null
  let underWay = 0
  let strikes = 0
  let areWeRefused = false

  return async (call) => {
    if (outage !== null && within(outage, now())) throw unavailable('it is left alone', outage.until - now())
    if (underWay >= (outage === null ? MOST_UNDER_WAY : 1)) throw unavailable('too many calls are under way', 1)
    underWay++
    try {
      return await attempt(call, outage)
    } finally {
      underWay--
    }
  }

  async function attempt<Answer>(call: () => Promise<Answer>, before: Outage | null): Promise<Answer> {
    try {
      const answer = await call()
      recover()
      return answer
    } catch (thrown) {
      const error = thrown as UpstreamError // what is wrong with the options was told at boot
      // A call that began before the outage did belongs to it.
      if (before === outage) count(error)
      throw unavailable(error, outage === null ? error.retryAfter : outage.until - now())
    }
  }

  function recover(): void {
    if (outage !== null) log.info({ failures: outage.failures }, `${what} answers again`)
    outage = null
    strikes = 0
    areWeRefused = false
  }

  function count(error: UpstreamError): void {
    const { code, status = 0, cause: reason, retryAfter } = error
    const refusesUs = REFUSES_US.has(status) || isClientRefused(error)
    if (REFUSES_THE_TOKEN.has(status) && !refusesUs) return recover()
    const stumbles = STUMBLES.has(status) || code === 'LATCHKEY_UPSTREAM_TIMEOUT'
    if (stumbles && ++strikes < MOST_STRIKES) return
    strikes = 0
    const failures = (outage?.failures ?? 0) + 1
    const since = now()
    const wait = stumbles ? backoff(1) : backoff(failures, retryAfter)
    outage = { failures, since, until: since + wait }
    const details = { code, status, reason, failures, retryAfter: wait }
    if (!refusesUs) return log.warn(details, `${what} is of no use`)
    if (!areWeRefused) log.error(details, `${what} refuses this server: look at its clientId and clientSecret`)
    areWeRefused = true
  }

  function unavailable(cause: unknown, retryAfter: number): UnavailableError {
    return new UnavailableError('Access tokens cannot be verified at the moment', { cause, retryAfter })
  }
}
