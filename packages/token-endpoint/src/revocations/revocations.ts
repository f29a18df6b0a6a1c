import { tell } from '@latchkey/guard'
import type { RefreshTokenStore, Revocation, RevocationStore, Supervision } from '@latchkey/store'
import type { FastifyBaseLogger } from 'fastify'
import { type RevocationEvent, revocationChannel } from '../events.ts'
import { revocationFeed } from './feed.ts'
import type { Following } from './options.ts'
import { type RevocableClaims, revokedTokens } from './revoked.ts'

export interface RevocationsOptions {
  readonly store: { readonly refreshTokens: RefreshTokenStore; readonly revocations: RevocationStore }
  /** Seconds. */
  readonly accessTokenLifetime: number
  readonly following: Following
  readonly log: FastifyBaseLogger
  readonly supervision: Supervision
}

/** The taking back of tokens. What this process revokes is in force here at once; each method resolves when it is kept. */
export interface Revocations {
  /** Judges from memory. @throws UnavailableError when it is not known for sure that the token is not revoked */
  readonly isRevoked: (claims: RevocableClaims) => boolean
  readonly revokeToken: (token: { readonly jti: string; readonly exp: number }) => Promise<void>
  /** Revokes the refresh tokens of a family, and the access tokens that came of it. */
  readonly revokeFamily: (familyId: string) => Promise<void>
  /** Revokes whatever a subject was issued up to now. */
  readonly revokeSubject: (subject: string) => Promise<void>
  /** Up to when everything of a subject is revoked, in seconds since the epoch; 0 when nothing is. */
  readonly revokedAt: (subject: string) => number
  /** In how many seconds a token that is issued then will be none of those that were revoked with their subject. */
  readonly secondsUntilNow: (subject: string) => number
  /** A point in time for `revokedSince`. */
  readonly mark: () => number
  /** Whether anybody, in any process, revoked the subject since. */
  readonly revokedSince: (mark: number, subject: string) => Promise<boolean>
  /** Begins to follow what other processes revoke. */
  readonly start: () => Promise<void>
  readonly stop: () => void
}

// What two processes know of the store's time may differ by a second.
const SKEW = 1
// Verifiers honour a token for up to a minute after it expired, and what is under way may be issued yet.
const MARGIN = 120

/** The revocations of a token endpoint, kept in a store that all its processes share. */
export function keepRevocations({
  store,
  accessTokenLifetime,
  following,
  log,
  supervision
}: RevocationsOptions): Revocations {
  const seconds = (): number => Math.floor(supervision.now() / 1000)
  const revoked = revokedTokens(seconds)
  const feed = revocationFeed({ ...following, store: store.revocations, log, receive })

  return {
    isRevoked(claims) {
      if (revoked.covers(claims)) return true
      feed.requireFresh()
      return false
    },

    revokeToken: async ({ jti, exp }) =>
      revoke({ kind: 'token', id: jti, revokedAt: seconds(), expiresAt: exp + MARGIN }),

    // The refresh tokens last: as long as they are there, a client that was answered with an error can try again.
    async revokeFamily(familyId) {
      const revokedAt = seconds()
      await revoke({ kind: 'family', id: familyId, revokedAt, expiresAt: revokedAt + accessTokenLifetime + MARGIN })
      await store.refreshTokens.revokeFamily(familyId)
    },

    async revokeSubject(subject) {
      if (typeof subject !== 'string' || subject === '') throw new TypeError('The subject to revoke must be a text')
      // By a clock that is wrong it would not cover what was issued, or cover what is issued next.
      await Promise.all([feed.read(), supervision.mayDelete()])
      // Later than all that was issued since it was revoked before.
      const revokedAt = Math.max(seconds() + SKEW, revoked.revokedAt(subject) + 1)
      await revokeUpTo(revokedAt, subject)
      await store.refreshTokens.revokeSubject(subject)
      // A refresh that was under way may have been answered until now.
      if (seconds() + SKEW > revokedAt) await revokeUpTo(seconds() + SKEW, subject)
      const event = { kind: 'subject', subject } satisfies RevocationEvent
      tell(revocationChannel, event, { log, message: 'All tokens of a subject were revoked' })
    },

    revokedAt: revoked.revokedAt,
    secondsUntilNow: (subject) => revoked.revokedAt(subject) + 1 - seconds(),
    mark: revoked.mark,

    async revokedSince(mark, subject) {
      await feed.read()
      return revoked.revokedSince(mark, subject)
    },

    start: feed.start,
    stop: feed.stop
  }

  function revokeUpTo(revokedAt: number, subject: string): Promise<void> {
    return revoke({ kind: 'subject', id: subject, revokedAt, expiresAt: revokedAt + accessTokenLifetime + MARGIN })
  }

  async function revoke(revocation: Revocation): Promise<void> {
    await store.revocations.revoke(revocation)
    revoked.add([revocation])
  }

  function receive(revocations: readonly Revocation[]): void {
    revoked.add(revocations)
    revoked.forgetExpired(seconds())
  }
}
