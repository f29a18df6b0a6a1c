import { UnavailableError } from '@latchkey/guard'
import { backoff, type IssuerLog, type UpstreamError } from '@latchkey/issuer'
import { mayRefuseClient, meaningOf } from './failure.ts'
import { type Lane, lane } from './lane.ts'
import { type Period, within } from '../period.ts'
import { recentlyUsed } from '../recently-used.ts'

/** The log for failures of an endpoint. The logger of Fastify fits. */
export interface EndpointLog extends IssuerLog {
  readonly error: (details: object, message: string) => void
}

/** The options of {@link watchEndpoint}. */
export interface WatchOptions {
  /** The name of the endpoint, for the log. */
  readonly what: string
  /** The maximum number of remembered tokens without an answer. */
  readonly maxEntries: number
  /** Returns the current time in seconds. */
  readonly seconds: () => number
  readonly log: EndpointLog
}

/** The token of a call, and the caller that sent it. */
export interface Asker {
  /** A hash of the token. */
  readonly token: string
  /** Whether the endpoint reported the token as active before. */
  readonly isKnown: boolean
  /** The subject of a known token; the network of the client for an unknown token. */
  readonly caller: string
}

/**
 * Makes a call, if the endpoint may be called now for this caller.
 *
 * @throws UnavailableError when it may not, or when the call fails
 */
export type Watch = <Answer>(asker: Asker, call: () => Promise<Answer>) => Promise<Answer>

interface Unanswered extends Period {
  readonly failures: number
}

/** The maximum number of concurrent calls. Unknown tokens can use only a part of it; the rest is reserved for known tokens. */
const SLOTS = 64
const SLOTS_OF_STRANGERS = 48
/** A lane is closed when this many callers fail and no caller gets an answer in between. */
const WITNESSES = 3
/** Minimum seconds between two log lines about single tokens: any client can send a token that makes the endpoint fail. */
const QUIET = 60

/**
 * Protects an endpoint that unauthenticated clients cause this server to call. A failure of one token does not affect other
 * tokens:
 *
 * - A token without an answer is not asked about again for a while, longer each time.
 * - Known and unknown tokens use separate lanes. The lane of unknown tokens is closed when three callers in a row fail. Both
 *   lanes are closed when three subjects of known tokens in a row fail, or when there is no connection to the endpoint, which
 *   no token can cause.
 * - An answer to any caller opens both lanes.
 * - A caller gets a slot only if it has fewer calls under way than there are free slots: one caller never has more than half.
 */
export function watchEndpoint({ what, maxEntries, seconds, log }: WatchOptions): Watch {
  const known = lane()
  const strangers = lane()
  const unanswered = recentlyUsed<Unanswered>(maxEntries)
  let isClientBlamed = false
  let quiet: Period | null = null

  return async (asker, call) => {
    const own = asker.isKnown ? known : strangers
    admit(asker, own)
    own.begin(asker.caller)
    return outcomeOf(call, asker, own).finally(() => own.end(asker.caller))
  }

  async function outcomeOf<T>(call: () => Promise<T>, asker: Asker, own: Lane): Promise<T> {
    const { era } = own
    try {
      const answer = await call()
      recover()
      unanswered.delete(asker.token)
      return answer
    } catch (thrown) {
      const error = thrown as UpstreamError // option errors were thrown at boot
      const wait = meaningOf(error) === 'token' ? null : leaveAlone(asker, error)
      // A call that began before the lane was closed or opened gives no new information.
      if (own.era === era) count(own, asker, error)
      throw unavailable(error, own.closedFor(seconds()) ?? wait ?? error.retryAfter)
    }
  }

  function admit({ token, caller }: Asker, own: Lane): void {
    const earlier = unanswered.get(token)
    const time = seconds()
    const wait = earlier !== undefined && within(earlier, time) ? earlier.until - time : own.closedFor(time)
    if (wait !== null) throw unavailable('the introspection endpoint failed and is not called for a while', wait)
    const free = own === known ? SLOTS - known.size - strangers.size : SLOTS_OF_STRANGERS - strangers.size
    if (!own.admits(caller, free)) throw unavailable('too many calls are in progress', 1)
  }

  function leaveAlone({ token }: Asker, { retryAfter }: UpstreamError): number {
    const failures = (unanswered.get(token)?.failures ?? 0) + 1
    const since = seconds()
    const wait = backoff(failures, retryAfter)
    unanswered.set(token, { failures, since, until: since + wait })
    return wait
  }

  function recover(): void {
    const failures = Math.max(known.reopen(), strangers.reopen())
    if (failures > 0) log.info({ failures }, `${what} answers again`)
    isClientBlamed = false
  }

  function count(own: Lane, { caller }: Asker, error: UpstreamError): void {
    const meaning = meaningOf(error)
    if (meaning === 'token') return recover()
    if (meaning === 'endpoint') return close([known, strangers], [error])
    const witnesses = own.fail(caller, error)
    if (witnesses.length < WITNESSES) tellOfOne(error, meaning === 'client')
    else close(own === known ? [known, strangers] : [own], witnesses)
  }

  function close(lanes: readonly Lane[], witnesses: readonly [UpstreamError, ...UpstreamError[]]): void {
    const [error] = witnesses
    for (const one of lanes) {
      if (one.closedFor(seconds()) !== null) continue
      // An answer about an unknown token must not decide how long all unknown tokens are refused.
      const mayAsk = one === known || lanes.length > 1
      const { wait, times } = one.close(seconds(), mayAsk ? error.retryAfter : undefined)
      if (one === lanes[0]) tell(error, witnesses.every(mayRefuseClient), { failures: times, retryAfter: wait })
    }
  }

  function tellOfOne(error: UpstreamError, isRefusal: boolean): void {
    const time = seconds()
    if (quiet !== null && within(quiet, time)) return
    quiet = { since: time, until: time + QUIET }
    if (isRefusal) return tell(error, true, {})
    log.warn(detailsOf(error), `${what} did not answer about a token`)
  }

  function tell(error: UpstreamError, isRefusal: boolean, details: object): void {
    if (!isRefusal) return log.warn({ ...detailsOf(error), ...details }, `${what} is not usable`)
    const message = `${what} refuses this server. Fix: check its clientId and clientSecret`
    if (!isClientBlamed) log.error({ ...detailsOf(error), ...details }, message)
    isClientBlamed = true
  }
}

function detailsOf({ code, status, cause }: UpstreamError): object {
  const { message: reason } = Object(cause) as Partial<Error> // `cause` may be missing
  return { code, status, reason }
}

function unavailable(cause: unknown, retryAfter: number): UnavailableError {
  return new UnavailableError('Access tokens cannot be verified at the moment', { cause, retryAfter })
}
