import type { Session, UpstreamSession } from '@latchkey/store'
import { expiryOf, type Timeouts } from './lifetime.ts'

/** A signed-in browser, with the members that its subject may see. All times are in seconds since the epoch. */
export interface SessionInfo {
  /** The identifier of the session, for `app.sessions.end()`. It is not a secret: a cookie cannot be made from it. */
  readonly id: string
  readonly subject: string
  /** The `label` given to `signIn`, or a name made from the `User-Agent`. Escape it when you show it. */
  readonly label: string | null
  readonly createdAt: number
  /** When the session was last used, up to a minute late. */
  readonly lastSeenAt: number
  /** When the session ends even if it is used. */
  readonly expiresAt: number
}

/** The session of a request. */
export interface CurrentSession extends SessionInfo {
  /** When the subject last logged in; `null` if that is not known. */
  readonly authenticatedAt: number | null
  /** The scopes that `signIn` was given; `null` for all that the subject may do. */
  readonly scopes: ReadonlySet<string> | null
  readonly claims: Readonly<Record<string, unknown>>
  /** Whether the browser keeps the session's cookie when it is closed. */
  readonly remembered: boolean
  /** The provider's session that this one came from. */
  readonly upstream: UpstreamSession | null
}

/** Returns the members of a stored session that its subject may see. */
export function sessionInfo(session: Session, timeouts: Timeouts): SessionInfo {
  const { id, subject, label, createdAt, lastSeenAt } = session
  return { id, subject, label, createdAt, lastSeenAt, expiresAt: expiryOf(session, timeouts) }
}
