import type { Session } from '@latchkey/store'
import type { Timeouts } from './lifetime.ts'
import type { OpenedSession } from './sealed-session.ts'
import { type CurrentSession, sessionInfo } from './session-info.ts'

/** The session that authenticated a request. */
export interface FoundSession {
  readonly opened: OpenedSession
  readonly stored: Session
}

/** Returns the members of a session that the application may see. */
export function currentSession({ opened, stored }: FoundSession, timeouts: Timeouts): CurrentSession {
  const { authenticatedAt, scopes, claims, remembered } = opened
  // A copy: the store may keep the object that it returned.
  const upstream = stored.upstream && { ...stored.upstream }
  return { ...sessionInfo(stored, timeouts), authenticatedAt, scopes, claims, remembered, upstream }
}
