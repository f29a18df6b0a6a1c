/** A time during which something holds. Its unit is the caller's. */
export interface Period {
  readonly since: number
  /** No longer part of it. */
  readonly until: number
}

/** Whether it is that time now. A clock that was set back, or gives no number, ends the period: nothing lasts too long by it. */
export function within({ since, until }: Period, now: number): boolean {
  return now >= since && now < until
}
