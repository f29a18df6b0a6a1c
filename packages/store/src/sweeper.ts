/**
 * Calls `forget` with the time in seconds, at most once in the given number of seconds. Runs while the store is used, without a
 * timer that would keep the process alive.
 */
export function sweeper<Outcome>(
  now: () => number,
  seconds: number,
  forget: (time: number) => Outcome
): () => Outcome | undefined {
  let nextSweep = 0
  return () => {
    const time = Math.floor(now() / 1000)
    if (time < nextSweep) return undefined
    nextSweep = time + seconds
    return forget(time)
  }
}
