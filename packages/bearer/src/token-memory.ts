import { LRUCache } from 'lru-cache'

/** How the memory of verified tokens did since the server started. */
export interface TokenMemoryCounts {
  /** Requests whose token was remembered. */
  readonly hits: number
  /** Requests whose token had to be verified, whatever came of it. */
  readonly misses: number
  /** How many tokens are remembered now. */
  readonly size: number
}

/** Remembers what came of tokens, by the whole text of the credentials that they came in. */
export interface TokenMemory<Verified> {
  readonly counts: TokenMemoryCounts
  /** What is remembered and good still; `null` when the token has to be verified. */
  recall(credentials: string): Verified | null
  /** Remembers what is good, from the second time on that it is told. */
  remember(credentials: string, verified: Verified): void
  /** A token had to be verified. */
  miss(): void
}

/** So many characters of the signature tell whether a token came before. So few V8 copies, and lets go of the header. */
const MARK_LENGTH = 12

/** So many characters of credentials for each token, on average. What they say takes as much again, and more. */
const USUAL_LENGTH = 2048

/**
 * A memory of so many tokens, the least recently used of which make room for new ones. Only good tokens may be put in, so that
 * nobody pushes them out with bad ones. A token that comes once is not worth its room: keeping what it says would cost as much
 * as verifying it did. Remembers nothing where `max` is 0.
 *
 * @param isGood - whether what was verified would be verified now: asked before it is remembered and at each recall
 */
export function tokenMemory<Verified extends object>(
  max: number,
  isGood: (verified: Verified) => boolean
): TokenMemory<Verified> {
  const entries = new LRUCache<string, { readonly credentials: string; readonly verified: Verified }>({
    max: Math.max(max, 1),
    maxSize: Math.max(max, 1) * USUAL_LENGTH,
    sizeCalculation: ({ credentials }) => credentials.length
  })
  const marks = new LRUCache<string, true>({ max: Math.max(max, 1) })
  let hits = 0
  let misses = 0

  return {
    get counts() {
      return { hits, misses, size: entries.size }
    },
    recall(credentials) {
      // Found by its signature, which is what costs least to look up, and taken for the same only if all of it is the same.
      const entry = entries.get(signatureOf(credentials))
      if (entry?.credentials !== credentials) return null
      if (!isGood(entry.verified)) {
        entries.delete(signatureOf(credentials))
        return null
      }
      hits++
      return entry.verified
    },
    remember(credentials, verified) {
      if (max === 0 || !isGood(verified)) return
      const signature = signatureOf(credentials)
      const mark = signature.slice(-MARK_LENGTH)
      if (marks.has(mark)) entries.set(signature, { credentials, verified })
      else marks.set(mark, true)
    },
    miss() {
      misses++
    }
  }
}

function signatureOf(credentials: string): string {
  return credentials.slice(credentials.lastIndexOf('.') + 1)
}
