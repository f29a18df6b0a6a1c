import { LRUCache } from 'lru-cache'
import { announceMemory } from './events.ts'

/** Remembers the results for verified tokens, by the whole text of their credentials. */
export interface TokenMemory<Verified> {
  /** Returns the remembered result if it is still valid; `null` if the token must be verified. */
  recall(credentials: string): Verified | null
  /** Remembers a valid result, but only from the second call for the same token on. */
  remember(credentials: string, verified: Verified): void
  /** Publishes that a token had to be verified. Called afterwards. */
  miss(): void
}

/** Length of the signature suffix that marks a token as seen. Short enough for V8 to copy it rather than retain the header. */
const MARK_LENGTH = 12

/** Length of the signature suffix that finds a remembered token. V8 hashes all of a new string, and an RSA signature is long. */
const KEY_LENGTH = 32

/** The average length of the credentials of one token. The verified result takes at least as much memory again. */
const USUAL_LENGTH = 2048

/**
 * Creates a memory of at most `max` tokens. The least recently used tokens make room for new ones. Only valid tokens are
 * stored, so that invalid ones cannot push them out. A token that is used once is not stored: storing costs as much as
 * verifying. Remembers nothing if `max` is 0.
 *
 * @param isGood - whether a verified token would still pass verification; called before storing and on each recall
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

  return {
    recall(credentials) {
      const key = credentials.slice(-KEY_LENGTH)
      // The entry is used only if the whole text is equal.
      const entry = entries.get(key)
      if (entry?.credentials !== credentials) return null
      if (!isGood(entry.verified)) {
        entries.delete(key)
        return null
      }
      announceMemory('hit', 'verified', entries)
      return entry.verified
    },
    remember(credentials, verified) {
      if (max === 0 || !isGood(verified)) return
      const mark = credentials.slice(-MARK_LENGTH)
      if (marks.has(mark)) entries.set(credentials.slice(-KEY_LENGTH), { credentials, verified })
      else marks.set(mark, true)
    },
    miss: () => announceMemory('miss', 'verified', entries)
  }
}
