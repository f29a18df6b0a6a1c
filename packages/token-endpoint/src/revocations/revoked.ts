import type { Revocation } from '@latchkey/store'

/** The claims of an access token that are compared with the revocations. */
export type RevocableClaims = Readonly<Record<string, unknown>>

/** The revocations that this process has read. In memory; no method waits. */
export interface Revoked {
  /** Adds revocations. Adding one twice changes nothing. */
  readonly add: (revocations: readonly Revocation[]) => void
  /**
   * Whether a token is revoked by itself, with its family or with its subject. A token whose `jti`, `sub` or `iat` is missing
   * or ill-typed counts as revoked.
   */
  readonly covers: (claims: RevocableClaims) => boolean
  /** Whether a family is revoked. */
  readonly hasFamily: (id: string) => boolean
  /** The time up to which all tokens of a subject are revoked, in seconds since the epoch; 0 when none are. */
  readonly revokedAt: (subject: string) => number
  /** A number that grows with each revocation of a subject. */
  readonly mark: () => number
  /** Whether the subject was revoked after `mark()` returned this number. */
  readonly revokedSince: (mark: number, subject: string) => boolean
  /** Removes some of the expired entries. Each call looks at the next part of the entries. */
  readonly forgetExpired: (time: number) => void
}

interface RevokedSubject {
  readonly revokedAt: number
  readonly expiresAt: number
  readonly mark: number
}

/** How far ahead of now the `iat` of a token may be, in seconds, if its subject was revoked before. */
const FARTHEST_AHEAD = 60
/** How many entries one call looks at, so that no request waits for a large list. */
const LOOKED_AT_ONCE = 5_000

/**
 * Makes an empty list of revocations.
 *
 * @param seconds - the store's time in seconds since the epoch
 */
export function revokedTokens(seconds: () => number): Revoked {
  // The time at which each entry can be removed.
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
      // An iat that far ahead comes from a fast clock, so it does not show whether the token was issued after the revocation.
      return iat <= subject.revokedAt || iat > seconds() + FARTHEST_AHEAD
    },

    hasFamily: (id) => families.has(id),
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

/** Each call continues where the last one ended, and starts again after the last entry. */
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
