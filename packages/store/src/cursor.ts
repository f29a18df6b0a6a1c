/**
 * The feed position of a cursor. `null` is the position before the first entry.
 *
 * @throws TypeError when the text is not a cursor
 */
export function positionOf(cursor: string | null): number {
  if (cursor === null) return 0
  if (!/^\d{1,16}$/.test(cursor)) throw new TypeError('The cursor is none that this store gave')
  return Number(cursor)
}

/** The most revocations in a page of the feed. A larger page would block other work. */
export const PAGE_SIZE = 1_000

/** How far a revocation may be ahead of the store's time, in seconds. */
export const FARTHEST_AHEAD = 60
