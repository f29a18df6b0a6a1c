/** A clock that tests set in seconds, and that a server reads in milliseconds. */
export function clock(seconds = 1_700_000_000): { seconds: number; now: () => number } {
  const state = { seconds, now: () => state.seconds * 1_000 }
  return state
}
