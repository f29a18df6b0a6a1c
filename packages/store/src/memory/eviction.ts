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

/** Removes the oldest entries of a map until there is room for one more. */
export function makeRoom(entries: Map<string, unknown>, limit: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size < limit) return
    entries.delete(oldest)
  }
}
