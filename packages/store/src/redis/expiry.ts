/** How far the clocks of several machines may differ, in seconds. */
const CLOCK_TOLERANCE = 60

/** When Redis may remove an entry that expires at the given time. Both in seconds since the epoch. */
export function forgottenAt(expiresAt: number): number {
  return expiresAt + CLOCK_TOLERANCE
}
