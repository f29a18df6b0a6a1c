import { TooManyRequestsError } from '@latchkey/guard'
import { type Period, within } from '../period.ts'
import { recentlyUsed } from '../recently-used.ts'

/**
 * Reserves room in the replay store for one proof of a key. Returns a function that releases it, for a proof that was not stored.
 *
 * @throws TooManyRequestsError when the key has too many proofs in the store
 */
export type TakeReplayShare = (jkt: string) => () => void

/** The options of {@link replayShares}. Times are in seconds. */
export interface ShareOptions {
  /** The maximum number of proofs of one key in the store. */
  readonly most: number
  /** How long the store keeps a proof. */
  readonly lifetime: number
  /** How many more proofs fit into the store; `undefined` for a store without a limit. */
  readonly room: (() => number) | undefined
  readonly seconds: () => number
}

interface Share extends Period {
  count: number
}

/** The number of keys that are counted, the most recently used ones. A key that sends many proofs stays among them. */
const MOST_KEYS = 10_000
/**
 * A key may have one ninth of the room that is still free. So one key gets at most a tenth of the store, and many keys never
 * fill it.
 */
const PART_OF_ROOM = 9

/**
 * Limits how much of the replay store each key of a client can use: counts the proofs of each key during the time that the store
 * keeps them. Each process counts for itself.
 */
export function replayShares({ most, lifetime, room, seconds }: ShareOptions): TakeReplayShare {
  const shares = recentlyUsed<Share>(MOST_KEYS)

  return (jkt) => {
    const share = shareOf(jkt)
    const limit = room === undefined ? most : Math.min(most, Math.floor(room() / PART_OF_ROOM))
    if (share.count >= Math.max(limit, 1)) {
      throw new TooManyRequestsError('The key of the DPoP proof was used too often', {
        retryAfter: share.until - seconds()
      })
    }
    share.count++
    return () => {
      share.count--
    }
  }

  function shareOf(jkt: string): Share {
    const since = seconds()
    const known = shares.get(jkt)
    if (known !== undefined && within(known, since)) return known
    const begun = { count: 0, since, until: since + lifetime }
    shares.set(jkt, begun)
    return begun
  }
}
