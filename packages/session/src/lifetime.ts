import type { Session } from '@latchkey/store'

/** How long sessions last, in seconds. */
export interface Timeouts {
  readonly idleTimeout: number
  readonly absoluteTimeout: number
}

/** When a session ends whatever happens: as it was told when it began, or sooner where the option says less by now. */
export function expiryOf(session: Pick<Session, 'createdAt' | 'expiresAt'>, { absoluteTimeout }: Timeouts): number {
  return Math.min(session.expiresAt, session.createdAt + absoluteTimeout)
}

/** Whether a stored session has neither expired nor been idle for too long. */
export function isLive(session: Session, timeouts: Timeouts, now: number): boolean {
  return now < expiryOf(session, timeouts) && now < session.lastSeenAt + timeouts.idleTimeout
}
