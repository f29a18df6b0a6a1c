import type { Session, UpstreamSession } from '@latchkey/store'
import { expiryOf, type Timeouts } from './lifetime.ts'

/** A signed-in browser, as its subject may see it. All times are in seconds since the epoch. */
export interface SessionInfo {
  /** Names the session, for `app.session.end()`. No secret: no cookie can be made of it. */
  readonly id: string
  readonly subject: string
  /** What `signIn` was given, or what the browser says it is. Escape it when you show it. */
  readonly label: string | null
  readonly createdAt: number
  /** When it was last used, up to a minute late. */
  readonly lastSeenAt: number
  /** When it ends whatever happens. */
  readonly expiresAt: number
}

/** The session of a request. */
export interface CurrentSession extends SessionInfo {
  /** When the subject last proved who they are; `null` when that is not known. */
  readonly authenticatedAt: number | null
  /** The scopes that `signIn` was given; `null` for all that the subject may do. */
  readonly scopes: ReadonlySet<string> | null
  readonly claims: Readonly<Record<string, unknown>>
  /** The session at a provider that this one came of. */
  readonly upstream: UpstreamSession | null
}

/** What a stored session tells its subject. */
export function sessionInfo(session: Session, timeouts: Timeouts): SessionInfo {
  const { id, subject, label, createdAt, lastSeenAt } = session
  return { id, subject, label, createdAt, lastSeenAt, expiresAt: expiryOf(session, timeouts) }
}
