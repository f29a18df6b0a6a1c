/** A session at a provider, from which a session of this application came. */
export interface UpstreamSession {
  /** The provider's issuer identifier. */
  readonly issuer: string
  /** The provider's identifier of the session: the `sid` of its ID token. */
  readonly sid: string
}

/** A signed-in browser. */
export interface Session {
  /** The key: a random text, or the hash of a random text that only the browser has. */
  readonly id: string
  readonly subject: string
  /** When the subject signed in, in seconds since the epoch. */
  readonly createdAt: number
  /** When the session was last used, in seconds since the epoch. */
  readonly lastSeenAt: number
  /** When it ends in any case (absolute expiry), in seconds since the epoch. */
  readonly expiresAt: number
  /** A name of the device that the subject recognizes, for a list of sessions. */
  readonly label: string | null
  readonly upstream: UpstreamSession | null
}

/**
 * Stores sessions, so that the server can end them. Every method resolves when its effect is durable, and visible to every
 * later call of every process. An adapter that cannot reach its database rejects with an error whose `statusCode` is 503: a
 * failed look-up does not mean that a session has ended.
 *
 * - **Missing.** For a session that never existed, has ended or is no longer stored, `find` returns `null` and `touch` returns
 *   `false`.
 * - **Expired.** The store checks neither idle nor absolute expiry: callers compare `lastSeenAt` and `expiresAt` with the time
 *   of `Store.clock`. An adapter may forget a session any time after that session's `expiresAt`, and never before. A bounded
 *   adapter that is full forgets the oldest session, whose owner signs in again.
 * - **Ended.** An ended session stays ended: `touch` does not restore it.
 * - **Concurrent.** Of two touches the later time stays, in either order. A session that is created while all sessions of its
 *   subject are ended may be created before that, and end, or after it, and stay.
 *
 * Identifiers, subjects and issuers are compared byte for byte. `testSessionStore` of `@latchkey/store/testing` tests an
 * adapter against this contract.
 *
 * @see [OpenID Connect Back-Channel Logout](https://openid.net/specs/openid-connect-backchannel-1_0.html)
 */
export interface SessionStore {
  /** Stores a new session. Rejects, without a change, when its identifier is taken. */
  create(session: Session): Promise<void>

  /**
   * The session with an identifier, or `null`. Returns a copy that does not change afterwards. Called for each request of a
   * signed-in browser, so an adapter that has the answer in memory may return it without a promise.
   */
  find(id: string): Session | null | Promise<Session | null>

  /**
   * Stores the time of the last use. Never moves `lastSeenAt` back. `false` when the session is missing.
   *
   * @param lastSeenAt - in seconds since the epoch
   */
  touch(id: string, lastSeenAt: number): Promise<boolean>

  /** All stored sessions of a subject, the oldest first. Expired sessions may be among them. */
  list(subject: string): Promise<readonly Session[]>

  /** Ends a session. A missing session is not an error. */
  end(id: string): Promise<void>

  /** Ends all sessions of a subject. A subject without sessions is not an error. */
  endSubject(subject: string): Promise<void>

  /** Ends all sessions that came from a provider's session, for back-channel logout. It is not an error if there are none. */
  endUpstream(upstream: UpstreamSession): Promise<void>
}
