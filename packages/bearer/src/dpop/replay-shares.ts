import { TooManyRequestsError } from '@latchkey/guard'
import { LRUCache } from 'lru-cache'
import { type Period, within } from '../period.ts'

/** The shares of the replay store that the keys of clients have. */
export interface ReplayShares {
  /**
   * Takes room for one proof of a key. Gives the way to return it, when nothing was stored.
   *
   * @throws TooManyRequestsError when the key has too many proofs there
   */
  take(jkt: string): () => void
}

/** What {@link replayShares} needs to know. Times are in seconds. */
export interface ShareOptions {
  /** How many proofs a key may have in the store. */
  readonly most: number
  /** For how long the store keeps a proof. */
  readonly lifetime: number
  /** How many more proofs fit into the store; `undefined` where it is not bounded. */
  readonly room: (() => number) | undefined
  readonly now: () => number
}

interface Share extends Period {
  count: number
}

/** Keys of the clients that came last: a key that sends much stays among them. */
const MOST_KEYS = 10_000
/** A key may have as much as this part of what remains free: one key a tenth of all, and any number of keys never all of it. */
const PART_OF_ROOM = 9

/** Counts the proofs of each key over the time that the store keeps them, in this process. */
export function replayShares({ most, lifetime, room, now }: ShareOptions): ReplayShares {
  const shares = new LRUCache<string, Share>({ max: MOST_KEYS })

  return {
    take(jkt) {
      const share = shareOf(jkt)
      const limit = room === undefined ? most : Math.min(most, Math.floor(room() / PART_OF_ROOM))
      if (share.count >= Math.max(limit, 1)) {
        throw new TooManyRequestsError('The key of the DPoP proof was used too often', {
          retryAfter: share.until - now()
        })
      }
      share.count++
      return () => {
        share.count--
      }
    }
  }

  function shareOf(jkt: string): Share {
    const since = now()
    const known = shares.get(jkt)
    if (known !== undefined && within(known, since)) return known
    const begun = { count: 0, since, until: since + lifetime }
    shares.set(jkt, begun)
    return begun
  }
}
