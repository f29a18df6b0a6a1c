import type { ThrottleCount, ThrottleLimit, ThrottleWindow } from './throttle.ts'

/** A limit that has no room, and the number of hits that it allows now. */
export interface FullThrottleLimit {
  /** The position of the limit in the reservation. */
  readonly index: number
  readonly most: number
}

/**
 * The first limit of a reservation that has no room for one more hit; `undefined` when all limits have room. For adapters that
 * check limits in JavaScript, and for callers that were refused.
 *
 * @param counts - the counts before the reservation, in the order of the limits. A missing count is 0
 */
export function fullThrottleLimit(
  limits: readonly ThrottleLimit[],
  counts: readonly ThrottleCount[]
): FullThrottleLimit | undefined {
  for (const [index, limit] of limits.entries()) {
    const most = mostOf(limit, limits, counts)
    if ((counts[index]?.count ?? 0) >= most) return { index, most }
  }
  return undefined
}

/** The current count of a key, from its last known window. If that window is over, the count is 0. */
export function countAt(known: ThrottleCount | undefined, { window, now }: ThrottleWindow): ThrottleCount {
  const latest = now + window
  if (known === undefined || known.resetsAt <= now) return { count: 0, resetsAt: latest }
  return { count: known.count, resetsAt: Math.min(known.resetsAt, latest) }
}

function mostOf(
  { most = Infinity, tight }: ThrottleLimit,
  limits: readonly ThrottleLimit[],
  counts: readonly ThrottleCount[]
): number {
  if (tight === undefined) return most
  const other = counts[limits.findIndex(({ key }) => key === tight.key)]
  return (other?.count ?? 0) >= tight.hits ? Math.min(most, tight.most) : most
}
