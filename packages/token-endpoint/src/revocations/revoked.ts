import type { Revocation } from '@latchkey/store'

/** The claims of an access token that are held against what is revoked. */
export type RevocableClaims = Readonly<Record<string, unknown>>

/** What is revoked, as far as this process knows. In memory: nothing here waits for anything. */
export interface Revoked {
  /** Takes in what was revoked. Taking the same in twice changes nothing. */
  readonly add: (revocations: readonly Revocation[]) => void
  /**
   * Whether a token is revoked by itself, with its family or with its subject. One whose claims do not say which token it
   * is, whom it is for and when it was issued counts as revoked.
   */
  readonly covers: (claims: RevocableClaims) => boolean
  /** Up to when everything of a subject is revoked, in seconds since the epoch; 0 when nothing is. */
  readonly revokedAt: (subject: string) => number
  /** Grows with each subject that is revoked. */
  readonly mark: () => number
  /** Whether the subject was revoked after `mark()` gave this. */
  readonly revokedSince: (mark: number, subject: string) => boolean
  /** Forgets some of what revokes nothing any more. With each call comes another part of it. */
  readonly forgetExpired: (time: number) => void
}

interface RevokedSubject {
  readonly revokedAt: number
  readonly expiresAt: number
  readonly mark: number
}

/** By how much a token may be ahead when a revocation of its subject does not cover it, in seconds. */
const FARTHEST_AHEAD = 60
/** How many entries are looked at each time: with very many of them no request waits for it. */
const LOOKED_AT_ONCE = 5_000

/**
 * An empty list of what is revoked.
 *
 * @param now - the store's time in seconds since the epoch
 */
export function revokedTokens(now: () => number): Revoked {
  // When each can be forgotten.
  const tokens = new Map<string, number>()
  const families = new Map<string, number>()
  const subjects = new Map<string, RevokedSubject>()
  let latest = 0
  const forgetting = [
    forgetter(tokens, (expiresAt) => expiresAt),
    forgetter(families, (expiresAt) => expiresAt),
    forgetter(subjects, ({ expiresAt }) => expiresAt)
  ]

  return {
    add(revocations) {
      for (const revocation of revocations) {
        if (revocation.kind === 'subject') addSubject(revocation)
        else prolong(revocation.kind === 'token' ? tokens : families, revocation)
      }
    },

    covers({ jti, sub, iat }) {
      if (typeof jti !== 'string' || typeof sub !== 'string' || typeof iat !== 'number') return true
      if (tokens.has(jti)) return true
      const dot = jti.indexOf('.')
      if (dot !== -1 && families.has(jti.slice(0, dot))) return true
      const subject = subjects.get(sub)
      if (subject === undefined) return false
      // A clock that was ahead issued it, before the revocation or after: its time says nothing.
      return iat <= subject.revokedAt || iat > now() + FARTHEST_AHEAD
    },

    revokedAt: (subject) => subjects.get(subject)?.revokedAt ?? 0,
    mark: () => latest,
    revokedSince: (mark, subject) => (subjects.get(subject)?.mark ?? 0) > mark,

    forgetExpired(time) {
      for (const forget of forgetting) forget(time)
    }
  }

  function prolong(entries: Map<string, number>, { id, expiresAt }: Revocation): void {
    entries.set(id, Math.max(expiresAt, entries.get(id) ?? 0))
  }

  function addSubject({ id, revokedAt, expiresAt }: Revocation): void {
    const before = subjects.get(id)
    if (before !== undefined && before.revokedAt >= revokedAt) return
    subjects.set(id, { revokedAt, expiresAt, mark: ++latest })
  }
}

/** Goes on with each call where the last one ended, and begins again after the last entry. */
function forgetter<Entry>(entries: Map<string, Entry>, expiryOf: (entry: Entry) => number): (time: number) => void {
  let left = entries.entries()
  return (time) => {
    for (let looked = 0; looked < LOOKED_AT_ONCE; looked++) {
      const next = left.next()
      if (next.done === true) {
        left = entries.entries()
        return
      }
      const [id, entry] = next.value
      if (expiryOf(entry) <= time) entries.delete(id)
    }
  }
}
