const SECONDS_BETWEEN_SWEEPS = 60

/**
 * Calls `forgetExpired` with the time in seconds, at most once in a minute. Runs while the store is used, without a timer that
 * would keep the process alive.
 */
export function sweeper(now: () => number, forgetExpired: (time: number) => void): () => void {
  let sweptAt = Number.NEGATIVE_INFINITY
  return () => {
    const time = Math.floor(now() / 1000)
    // If the clock was set back, the next sweep is due.
    if (time >= sweptAt && time < sweptAt + SECONDS_BETWEEN_SWEEPS) return
    sweptAt = time
    forgetExpired(time)
  }
}

/** Removes the entries of a map that match. */
export function forget<Entry>(entries: Map<string, Entry>, matches: (entry: Entry) => boolean): void {
  for (const [key, entry] of entries) if (matches(entry)) entries.delete(key)
}

/** Removes the oldest entries of a map until there is room for one more. */
export function makeRoom(entries: Map<string, unknown>, limit: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size < limit) return
    entries.delete(oldest)
  }
}
