import { tell } from '@latchkey/guard/plugin'
import type { RefreshTokenStore, Revocation, RevocationStore, Supervision } from '@latchkey/store'
import type { FastifyBaseLogger } from 'fastify'
import { type RevocationEvent, revocationChannel } from '../events.ts'
import { revocationFeed } from './feed.ts'
import type { ResolvedRevocationOptions } from './options.ts'
import { type RevocableClaims, revokedTokens } from './revoked.ts'

export interface RevocationsDependencies {
  readonly store: { readonly refreshTokens: RefreshTokenStore; readonly revocations: RevocationStore }
  /** Seconds. */
  readonly accessTokenLifetime: number
  readonly following: ResolvedRevocationOptions
  readonly log: FastifyBaseLogger
  readonly supervision: Supervision
}

/** A sign-in, of which tokens are issued. */
export interface SignIn {
  readonly subject: string
  readonly familyId: string
}

/** Revokes tokens. A revocation is in force in this process at once. Each method resolves when the store has the revocation. */
export interface Revocations {
  /**
   * Reads only memory.
   *
   * @throws UnavailableError when it is not certain that the token is not revoked
   */
  readonly isRevoked: (claims: RevocableClaims) => boolean
  readonly revokeToken: (token: { readonly jti: string; readonly exp: number }) => Promise<void>
  /** Revokes the refresh tokens of a family and their access tokens. */
  readonly revokeFamily: (familyId: string) => Promise<void>
  /** Revokes all tokens that a subject was issued up to now. */
  readonly revokeSubject: (subject: string) => Promise<void>
  /** The time up to which all tokens of a subject are revoked, in seconds since the epoch; 0 when none are. */
  readonly revokedAt: (subject: string) => number
  /** The time of a code that is issued now: later than the last revocation of the subject by any process. */
  readonly timeOfCode: (subject: string) => Promise<number>
  /** Keeps revocations for at least so many seconds. */
  readonly keep: (seconds: number) => void
  /** Seconds until a new token for the subject is no longer covered by its last revocation. */
  readonly secondsUntilNow: (subject: string) => number
  /** A position for `revokedSince`. */
  readonly mark: () => number
  /** Whether any process has revoked the subject since the mark, or the family at any time; `null` for neither. */
  readonly revokedSince: (mark: number, signIn: SignIn) => Promise<'subject' | 'family' | null>
  /** Starts to read the revocations of other processes. */
  readonly start: () => Promise<void>
  readonly stop: () => void
}

// The store's time may differ by a second between two processes.
const SKEW = 1
// Verifiers accept a token for up to a minute after it expired, and a request under way may still issue one.
const MARGIN = 120

/** The revocations of a token endpoint, in a store that all its processes share. */
export function keepRevocations({
  store,
  accessTokenLifetime,
  following,
  log,
  supervision
}: RevocationsDependencies): Revocations {
  const { seconds } = supervision
  const revoked = revokedTokens(seconds)
  let kept = accessTokenLifetime
  const feed = revocationFeed({ ...following, store: store.revocations, log, receive })

  return {
    isRevoked(claims) {
      if (revoked.covers(claims)) return true
      feed.requireFresh()
      return false
    },

    revokeToken: async ({ jti, exp }) =>
      revoke({ kind: 'token', id: jti, revokedAt: seconds(), expiresAt: exp + MARGIN }),

    // The refresh tokens are revoked last: while they exist, a client that got an error can try again.
    async revokeFamily(familyId) {
      const revokedAt = seconds()
      await revoke({ kind: 'family', id: familyId, revokedAt, expiresAt: revokedAt + kept + MARGIN })
      await store.refreshTokens.revokeFamily(familyId)
    },

    async revokeSubject(subject) {
      if (typeof subject !== 'string' || subject === '') throw new TypeError('The subject to revoke must be a text')
      // With a wrong clock, the revocation would miss issued tokens, or cover tokens that are issued later.
      await Promise.all([feed.read(), supervision.mayDelete()])
      // Later than every token that was issued since the subject's previous revocation.
      const revokedAt = Math.max(seconds() + SKEW, revoked.revokedAt(subject) + 1)
      await revokeUpTo(revokedAt, subject)
      await store.refreshTokens.revokeSubject(subject)
      // A refresh that was under way may have been answered until now.
      if (seconds() + SKEW > revokedAt) await revokeUpTo(seconds() + SKEW, subject)
      const event = { kind: 'subject', subject } satisfies RevocationEvent
      tell(revocationChannel, event, { log, message: 'All tokens of a subject were revoked' })
    },

    async timeOfCode(subject) {
      await feed.read()
      return Math.max(seconds(), revoked.revokedAt(subject) + 1)
    },
    keep(least) {
      kept = Math.max(kept, least)
    },

    revokedAt: revoked.revokedAt,
    secondsUntilNow: (subject) => revoked.revokedAt(subject) + 1 - seconds(),
    mark: revoked.mark,

    async revokedSince(mark, { subject, familyId }) {
      await feed.read()
      if (revoked.revokedSince(mark, subject)) return 'subject'
      return revoked.hasFamily(familyId) ? 'family' : null
    },

    start: feed.start,
    stop: feed.stop
  }

  function revokeUpTo(revokedAt: number, subject: string): Promise<void> {
    return revoke({ kind: 'subject', id: subject, revokedAt, expiresAt: revokedAt + kept + MARGIN })
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
