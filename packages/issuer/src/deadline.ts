import { UpstreamError } from './errors.ts'

/** One signal for the time limit of a call, for its caller's wish and for giving up. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Closes the connection where it is still in use. */
  readonly giveUp: () => void
  /** Lets go of the timer and of the caller's signal. */
  readonly end: () => void
}

/** @param milliseconds - for the whole call, its answer's body included */
export function deadline(milliseconds: number, wish: AbortSignal | undefined, description: string): Deadline {
  const controller = new AbortController()
  const timer = setTimeout(
    () => controller.abort(new UpstreamError('LATCHKEY_UPSTREAM_TIMEOUT', { cause: description })),
    milliseconds
  )
  // Not AbortSignal.any(): where the wish lives long, each call would leave something behind on Node 20.
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
