/** A period of time. The caller chooses the unit. */
export interface Period {
  readonly since: number
  /** The end, which is not part of the period. */
  readonly until: number
}

/** Whether `now` is in the period. If the clock goes back or returns NaN, the period is over. */
export function within({ since, until }: Period, now: number): boolean {
  return now >= since && now < until
}
