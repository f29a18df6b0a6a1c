import { UnavailableError } from '@latchkey/guard'
import { backoff, type IssuerLog, type UpstreamError } from '@latchkey/issuer'
import { LRUCache } from 'lru-cache'
import { mayRefuseClient, meaningOf } from './failure.ts'
import { type Lane, lane } from './lane.ts'
import { type Period, within } from '../period.ts'

/** What is told of an endpoint. The logger of Fastify is one. */
export interface EndpointLog extends IssuerLog {
  readonly error: (details: object, message: string) => void
}

/** What {@link watchEndpoint} needs to know. */
export interface WatchOptions {
  /** What is watched, for the log. */
  readonly what: string
  /** How many tokens that got no answer are remembered. */
  readonly maxEntries: number
  /** The time in seconds. */
  readonly now: () => number
  readonly log: EndpointLog
}

/** Why this server has to ask: a token, and the caller that brought it. */
export interface Asker {
  /** A hash of the token. */
  readonly token: string
  /** Whether the endpoint called the token active before. */
  readonly isKnown: boolean
  /** The subject of a known token; the client's network for any other. */
  readonly caller: string
}

/**
 * Makes a call, if the endpoint is to be called now for this asker.
 *
 * @throws UnavailableError when it is not, or when the call fails
 */
export type Watch = <Answer>(asker: Asker, call: () => Promise<Answer>) => Promise<Answer>

interface Unanswered extends Period {
  readonly failures: number
}

/** Calls under way at once. What strangers leave is for known tokens. */
const SLOTS = 64
const SLOTS_OF_STRANGERS = 48
/** So many callers of a lane must fail, and nobody get an answer meanwhile, before the lane is closed. */
const WITNESSES = 3
/** Seconds between two lines in the log about single tokens: anybody can send one that the endpoint fails on. */
const QUIET = 60

/**
 * Stands before an endpoint that strangers make this server call. What follows one token is charged to that token alone:
 *
 * - A token without an answer is left alone for a while, longer each time.
 * - Known tokens and strangers go by two lanes. That of strangers is closed when three of them in a row fail. Both are
 *   closed when three subjects of known tokens in a row fail, or when there is no connection to the endpoint, which no
 *   token can bring about.
 * - An answer to anybody opens both.
 * - A caller gets a slot only as long as it holds fewer than remain free: one caller never holds more than half.
 */
export function watchEndpoint({ what, maxEntries, now, log }: WatchOptions): Watch {
  const known = lane()
  const strangers = lane()
  const unanswered = new LRUCache<string, Unanswered>({ max: maxEntries })
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
      const error = thrown as UpstreamError // what is wrong with the options was told at boot
      const wait = meaningOf(error) === 'token' ? null : leaveAlone(asker, error)
      // A call that began before the lane was closed, or opened, says nothing new.
      if (own.era === era) count(own, asker, error)
      throw unavailable(error, own.closedFor(now()) ?? wait ?? error.retryAfter)
    }
  }

  function admit({ token, caller }: Asker, own: Lane): void {
    const earlier = unanswered.get(token)
    const time = now()
    const wait = earlier !== undefined && within(earlier, time) ? earlier.until - time : own.closedFor(time)
    if (wait !== null) throw unavailable('it is left alone', wait)
    const free = own === known ? SLOTS - known.size - strangers.size : SLOTS_OF_STRANGERS - strangers.size
    if (!own.admits(caller, free)) throw unavailable('too many calls are under way', 1)
  }

  function leaveAlone({ token }: Asker, { retryAfter }: UpstreamError): number {
    const failures = (unanswered.get(token)?.failures ?? 0) + 1
    const since = now()
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
      if (one.closedFor(now()) !== null) continue
      // For how long strangers are refused is not for the answer to a stranger's token to say.
      const mayAsk = one === known || lanes.length > 1
      const { wait, times } = one.close(now(), mayAsk ? error.retryAfter : undefined)
      if (one === lanes[0]) tell(error, witnesses.every(mayRefuseClient), { failures: times, retryAfter: wait })
    }
  }

  function tellOfOne(error: UpstreamError, isRefusal: boolean): void {
    const time = now()
    if (quiet !== null && within(quiet, time)) return
    quiet = { since: time, until: time + QUIET }
    if (isRefusal) return tell(error, true, {})
    log.warn(detailsOf(error), `${what} gave no answer about a token`)
  }

  function tell(error: UpstreamError, isRefusal: boolean, details: object): void {
    if (!isRefusal) return log.warn({ ...detailsOf(error), ...details }, `${what} is of no use`)
    const message = `${what} refuses this server: look at its clientId and clientSecret`
    if (!isClientBlamed) log.error({ ...detailsOf(error), ...details }, message)
    isClientBlamed = true
  }
}

function detailsOf({ code, status, cause }: UpstreamError): object {
  const { message: reason } = Object(cause) as Partial<Error> // there may be none
  return { code, status, reason }
}

function unavailable(cause: unknown, retryAfter: number): UnavailableError {
  return new UnavailableError('Access tokens cannot be verified at the moment', { cause, retryAfter })
}
