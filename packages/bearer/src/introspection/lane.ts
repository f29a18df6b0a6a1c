import { backoff, type UpstreamError } from '@latchkey/issuer'
import { type Period, within } from '../period.ts'

/** A group of callers with shared state: their calls, their failures, and whether the lane is closed. */
export interface Lane {
  /** The number of calls under way. */
  readonly size: number
  /** For how many more seconds the lane is closed, or `null` if it is open. */
  closedFor(now: number): number | null
  /** A number that changes each time the lane is closed or reopened. A call that began in another era does not count. */
  readonly era: number
  /** Whether a caller may begin a call: only if it has fewer calls under way than there are free slots. */
  admits(caller: string, free: number): boolean
  begin(caller: string): void
  end(caller: string): void
  /** Records the failure of a call. Returns the latest failure of each caller that has failed since the last answer. */
  fail(caller: string, error: UpstreamError): readonly [UpstreamError, ...UpstreamError[]]
  /** Closes the lane, for longer each time. Returns the seconds, and how many times in a row it was closed. */
  close(now: number, retryAfter: number | undefined): { readonly wait: number; readonly times: number }
  /** Reopens the lane after an answer. Returns how many times in a row it had been closed. */
  reopen(): number
}

export function lane(): Lane {
  const calls = new Map<string, number>()
  const failed = new Map<string, UpstreamError>()
  let size = 0
  let closed: Period | null = null
  let times = 0
  let era = 0

  return {
    get size() {
      return size
    },
    get era() {
      return era
    },
    closedFor: (now) => (closed !== null && within(closed, now) ? closed.until - now : null),
    admits(caller, free) {
      const held = calls.get(caller) ?? 0
      // After a closing, each caller gets one call at a time until there is an answer.
      if (times > 0) return free > 0 && held === 0
      return free > held
    },
    begin(caller) {
      size++
      calls.set(caller, (calls.get(caller) ?? 0) + 1)
    },
    end(caller) {
      size--
      const left = Number(calls.get(caller)) - 1
      if (left === 0) calls.delete(caller)
      else calls.set(caller, left)
    },
    fail(caller, error) {
      failed.delete(caller)
      const others = [...failed.values()]
      failed.set(caller, error)
      return [error, ...others]
    },
    close(now, retryAfter) {
      failed.clear()
      era++
      times++
      const wait = backoff(times, retryAfter)
      closed = { since: now, until: now + wait }
      return { wait, times }
    },
    reopen() {
      const before = times
      failed.clear()
      if (times > 0) era++
      closed = null
      times = 0
      return before
    }
  }
}
