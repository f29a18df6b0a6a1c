/**
 * The position in a feed that a cursor stands for; that of `null` is before everything.
 *
 * @throws TypeError when the text is no cursor
 */
export function positionOf(cursor: string | null): number {
  if (cursor === null) return 0
  if (!/^\d{1,16}$/.test(cursor)) throw new TypeError('The cursor is none that this store gave')
  return Number(cursor)
}

/** How many revocations a page of the feed holds: reading one must not keep anybody waiting. */
export const PAGE_SIZE = 1_000

/** By how much a revocation may be ahead of the store's time, in seconds. */
export const FARTHEST_AHEAD = 60
