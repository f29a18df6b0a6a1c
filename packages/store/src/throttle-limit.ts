import type { ThrottleCount, ThrottleLimit, ThrottleWindow } from './throttle.ts'

/** The count of a key whose last known window is given: that of an empty window, if the known one is over. */
export function countAt(known: ThrottleCount | undefined, { window, now }: ThrottleWindow): ThrottleCount {
  const latest = now + window
  if (known === undefined || known.resetsAt <= now) return { count: 0, resetsAt: latest }
  return { count: known.count, resetsAt: Math.min(known.resetsAt, latest) }
}

/** Whether each limit has room for one more hit. The counts are those of the limits, in their order. */
export function haveRoom(limits: readonly ThrottleLimit[], counts: readonly ThrottleCount[]): boolean {
  return limits.every((limit, index) => (counts[index]?.count ?? 0) < mostOf(limit, limits, counts))
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
