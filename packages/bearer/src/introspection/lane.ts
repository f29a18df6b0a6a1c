import { backoff, type UpstreamError } from '@latchkey/issuer'
import { type Period, within } from '../period.ts'

/** Callers that are judged together: their calls, their failures, and whether the lane is closed. */
export interface Lane {
  /** How many calls are under way. */
  readonly size: number
  /** For how many seconds more the lane is closed, or `null`. */
  closedFor(now: number): number | null
  /** Another number after each closing and reopening: what began before belongs to what was then. */
  readonly era: number
  /** Whether a caller may begin a call while so many slots are free: only while it holds fewer than that. */
  admits(caller: string, free: number): boolean
  begin(caller: string): void
  end(caller: string): void
  /** A call of a caller failed. Gives the latest failure of each caller that failed since there was an answer. */
  fail(caller: string, error: UpstreamError): readonly [UpstreamError, ...UpstreamError[]]
  /** Closes the lane, longer each time. Gives the seconds, and how often it was closed in a row. */
  close(now: number, retryAfter: number | undefined): { readonly wait: number; readonly times: number }
  /** There was an answer. Gives how often the lane had been closed in a row. */
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
      // After it was closed each caller gets one call at a time, until there is an answer.
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
