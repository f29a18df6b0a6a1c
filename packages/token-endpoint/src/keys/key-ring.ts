import type { SigningKey } from './imported-key.ts'

/** The longest lifetime of an access token, in seconds: a day. A key stays published that long after its last signature. */
export const LONGEST_TOKEN_LIFETIME = 86_400

/** When a key begins to sign, and when every token that it signed has expired, in seconds since the epoch. */
export interface KeyTimes {
  readonly activeFrom: number
  readonly expiresAt: number
}

/** A signing key that several processes share. */
export interface RingKey extends KeyTimes {
  readonly signing: SigningKey
}

/** How often a new key is made, and for how long it is published before it signs, in seconds. */
export interface Rotation {
  readonly rotateEvery: number
  readonly overlap: number
}

/** How long a key is kept after its last signature: the longest token lifetime, and five minutes for clock differences. */
const AFTERLIFE = LONGEST_TOKEN_LIFETIME + 300
/** How late the successor of a key may come before signing stops: a week. */
const LATENESS = 7 * 86_400

/** The signing key: the newest one whose `activeFrom` has passed. */
export function signerAt(ring: readonly RingKey[], time: number): RingKey | undefined {
  const able = ring.filter(({ expiresAt }) => time < expiresAt - AFTERLIFE)
  // Without such a key, take the first: its `activeFrom` may lie ahead because this clock is slow. It is published already.
  return able.findLast(({ activeFrom }) => activeFrom <= time) ?? able[0]
}

/** The keys to publish: those that sign now, will sign, or have signed a token that may still be valid. */
export function publishedAt(ring: readonly RingKey[], time: number): readonly RingKey[] {
  return ring.filter(({ expiresAt }, index) => {
    const successor = ring[index + 1]
    return time < expiresAt && (successor === undefined || time < successor.activeFrom + AFTERLIFE)
  })
}

/**
 * The times of the next key, or `null` when it is too early to make it.
 *
 * @param forced - makes the key now, unless one is already waiting to sign
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
