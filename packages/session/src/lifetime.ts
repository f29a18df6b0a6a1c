import type { Session } from '@latchkey/store'

/** The lifetimes of sessions, in seconds. */
export interface Timeouts {
  readonly idleTimeout: number
  readonly absoluteTimeout: number
}

/**
 * Returns when a session ends even if it is used: the stored expiry, or `createdAt` + `absoluteTimeout` if that option was
 * lowered.
 */
export function expiryOf(session: Pick<Session, 'createdAt' | 'expiresAt'>, { absoluteTimeout }: Timeouts): number {
  return Math.min(session.expiresAt, session.createdAt + absoluteTimeout)
}

/** Whether a stored session has neither expired nor been idle for too long. */
export function isLive(session: Session, timeouts: Timeouts, now: number): boolean {
  return now < expiryOf(session, timeouts) && now < session.lastSeenAt + timeouts.idleTimeout
}
