import { LRUCache } from 'lru-cache'
import { announceMemory } from './events.ts'

/** Remembers the results for verified tokens, by the whole text of their credentials. */
export interface TokenMemory<Verified> {
  /** Returns the remembered result if it is still valid; `null` if the token must be verified. */
  recall(credentials: string): Verified | null
  /**
   * Remembers a valid result, but only from the second call for the same token on.
   *
   * @returns whether the result is remembered now
   */
  remember(credentials: string, verified: Verified): boolean
  /** Publishes that a token had to be verified. Called afterwards. */
  miss(): void
}

/** Lengths of the parts of the signature's end that mark a token as seen: its place among the marks, and its mark. */
const LEAST_PLACES = 1024
const PLACE_LENGTH = 6
const MARK_LENGTH = 6

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
  // Without `max`, which would allocate room for all tokens at once.
  const entries = new LRUCache<string, { readonly credentials: string; readonly verified: Verified }>({
    maxSize: Math.max(max, 1) * USUAL_LENGTH,
    sizeCalculation: ({ credentials }) => credentials.length
  })
  // Numbers in an array: a map of strings takes as long as the checks of the claims. Tokens with the same place replace each other.
  const marks = new Uint32Array(Math.max(2 * max, LEAST_PLACES))

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
      if (max === 0) return false
      const end = credentials.length - MARK_LENGTH
      const place = hashOf(credentials, end - PLACE_LENGTH, end) % marks.length
      const mark = hashOf(credentials, end, credentials.length)
      if (marks[place] !== mark) {
        marks[place] = mark
        return false
      }
      if (!isGood(verified)) return false
      entries.set(credentials.slice(-KEY_LENGTH), { credentials, verified })
      if (entries.size > max) entries.pop()
      return true
    },
    miss: () => announceMemory('miss', 'verified', entries)
  }
}

/** A number of 32 bits from a part of a signature, which is random already. */
function hashOf(text: string, start: number, end: number): number {
  let hash = 0
  for (let at = start; at < end; at++) hash = Math.imul(hash, 31) + text.charCodeAt(at)
  return hash >>> 0
}
