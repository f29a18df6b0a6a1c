import type { SigningKey } from './imported-key.ts'

/** The longest lifetime of an access token, in seconds: a day. A key is published for as long after it has signed. */
export const LONGEST_TOKEN_LIFETIME = 86_400

/** From when a key signs, and when nothing that it signed is valid any more, in seconds since the epoch. */
export interface KeyTimes {
  readonly activeFrom: number
  readonly expiresAt: number
}

/** A key that processes share. */
export interface RingKey extends KeyTimes {
  readonly signing: SigningKey
}

/** How often there is a new key, and for how long it is published before it signs, in seconds. */
export interface Rotation {
  readonly rotateEvery: number
  readonly overlap: number
}

/** How long a key outlasts its last signature: the longest life of a token, and five minutes for clocks that differ. */
const AFTERLIFE = LONGEST_TOKEN_LIFETIME + 300
/** How late the successor of a key may come before nothing can be signed: a week. */
const LATENESS = 7 * 86_400

/** The key that signs: of those that may sign by now, the newest. */
export function signerAt(ring: readonly RingKey[], time: number): RingKey | undefined {
  const able = ring.filter(({ expiresAt }) => time < expiresAt - AFTERLIFE)
  // A key that is early is published all the same. It signs when there is no other: by a clock that is slow, for example.
  return able.findLast(({ activeFrom }) => activeFrom <= time) ?? able[0]
}

/** The keys to publish: those that sign, will sign, or have signed something that may be valid still. */
export function publishedAt(ring: readonly RingKey[], time: number): readonly RingKey[] {
  return ring.filter(({ expiresAt }, index) => {
    const successor = ring[index + 1]
    return time < expiresAt && (successor === undefined || time < successor.activeFrom + AFTERLIFE)
  })
}

/**
 * The times of the next key, or `null` when it is too early to make it.
 *
 * @param forced - whether to make it now, unless there is one that waits to sign
 */
export function nextKeyAt(
  ring: readonly RingKey[],
  time: number,
  { rotateEvery, overlap }: Rotation,
  forced: boolean
): KeyTimes | null {
  const newest = ring.at(-1)
  if (newest !== undefined) {
    const endsAt = Math.min(newest.activeFrom + rotateEvery, newest.expiresAt - AFTERLIFE)
    const due = forced ? newest.activeFrom <= time : time >= endsAt - overlap
    if (!due) return null
  }
  const isCovered = ring.some((key) => key.activeFrom <= time && time + overlap < key.expiresAt - AFTERLIFE)
  const activeFrom = isCovered ? time + overlap : time
  return { activeFrom, expiresAt: activeFrom + rotateEvery + LATENESS + AFTERLIFE }
}
