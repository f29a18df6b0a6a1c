/** A session at the provider that a session here came of. */
export interface UpstreamSession {
  /** The provider's issuer identifier. */
  readonly issuer: string
  /** The provider's name for it: the `sid` of its ID token. */
  readonly sid: string
}

/** A browser that is signed in. */
export interface Session {
  /** The key: random, or the hash of something random that only the browser has. */
  readonly id: string
  readonly subject: string
  /** When the subject signed in, in seconds since the epoch. */
  readonly createdAt: number
  /** When the session was last used, in seconds since the epoch. */
  readonly lastSeenAt: number
  /** When it ends whatever happens (absolute expiry), in seconds since the epoch. */
  readonly expiresAt: number
  /** What the subject knows the device by, for a list of sessions to end one from. */
  readonly label: string | null
  readonly upstream: UpstreamSession | null
}

/**
 * Remembers who is signed in, so that a session can be ended from the server. Every method resolves once its effect is
 * durable and seen by every later call, from whichever process. An adapter that cannot reach its database rejects with an
 * error whose `statusCode` is 503: a session that could not be looked up has not ended.
 *
 * - **Missing.** A session that never was, has ended or is no longer kept is `null` to `find` and `false` to `touch`.
 * - **Expired.** The store judges neither idle nor absolute expiry: its callers compare `lastSeenAt` and `expiresAt` with
 *   the time of `Store.clock`. It may forget a session any time after that session's `expiresAt`, and never before, unless the
 *   adapter is bounded: one that is full forgets the oldest session, whose owner signs in again.
 * - **Ended.** What has ended stays so: no touch brings it back.
 * - **Concurrent.** Of two touches the later time stays, in whichever order they come. A session that is created while
 *   all of its subject's are ended may come before, and end, or after, and stay.
 *
 * Identifiers, subjects and issuers are compared byte for byte. `testSessionStore` of `@latchkey/store/testing` holds an
 * adapter to this.
 *
 * @see [OpenID Connect Back-Channel Logout](https://openid.net/specs/openid-connect-backchannel-1_0.html)
 */
export interface SessionStore {
  /** Stores a new session. Rejects when its identifier is taken, and then changes nothing. */
  create(session: Session): Promise<void>

  /**
   * The session with an identifier, or `null`. What it gives is a copy: it does not change afterwards. Asked with each
   * request of a signed-in browser, and so it may answer at once, where it has the answer at hand.
   */
  find(id: string): Session | null | Promise<Session | null>

  /**
   * Notes that a session was used. Never moves `lastSeenAt` back. `false` when the session is missing.
   *
   * @param lastSeenAt - in seconds since the epoch
   */
  touch(id: string, lastSeenAt: number): Promise<boolean>

  /** All sessions of a subject that are kept, expired ones perhaps among them, the oldest first. */
  list(subject: string): Promise<readonly Session[]>

  /** Ends a session. One that is missing is no error. */
  end(id: string): Promise<void>

  /** Ends all sessions of a subject. A subject without any is no error. */
  endSubject(subject: string): Promise<void>

  /** Ends all sessions that came of a provider's session, as its back-channel logout asks. None is no error. */
  endUpstream(upstream: UpstreamSession): Promise<void>
}
