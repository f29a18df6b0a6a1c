import { UpstreamError } from './errors.ts'

/** The maximum time of any call, in milliseconds. */
export const MAX_TIMEOUT = 5000

/** One abort signal for the time limit of a call, for its caller's signal and for giving up. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Closes the connection if it is still in use. */
  readonly giveUp: () => void
  /** Clears the timer and removes the listener from the caller's signal. */
  readonly end: () => void
}

/** @param milliseconds - the limit of the whole call, including the body of the answer */
export function deadline(milliseconds: number, wish: AbortSignal | undefined, description: string): Deadline {
  const controller = new AbortController()
  const timer = setTimeout(
    () => controller.abort(new UpstreamError('LATCHKEY_UPSTREAM_TIMEOUT', { cause: description })),
    milliseconds
  )
  // Not AbortSignal.any(): with a long-lived `wish`, each call would leak memory on Node 20.
  const follow = () => controller.abort(wish?.reason)
  if (wish?.aborted) follow()
  wish?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    giveUp: () => controller.abort(),
    end() {
      clearTimeout(timer)
      wish?.removeEventListener('abort', follow)
    }
  }
}
