import type { Session } from '@latchkey/store'
import { idleTimeoutOf } from './session-id.ts'

/** The lifetimes of sessions, in seconds. */
export interface Timeouts {
  readonly idleTimeout: number
  readonly absoluteTimeout: number
}

/** The lifetime of one session. It can only be shorter than the options of the plugin allow. */
export interface SessionLifetime {
  /** Seconds without a request after which the session ends, from 60 to `idleTimeout`. Default: `idleTimeout`. */
  readonly idle?: number | undefined
  /** Seconds after which the session ends even if it is used, from 60 to `absoluteTimeout`. Default: `absoluteTimeout`. */
  readonly absolute?: number | undefined
  /**
   * Whether the browser keeps the cookie when it is closed. With `false` the cookie has neither `Max-Age` nor `Expires`. A browser
   * that restores its tabs may still keep it: set `idle` too. Default: `true`.
   */
  readonly remembered?: boolean | undefined
}

/**
 * Returns when a session ends even if it is used: the stored expiry, or `createdAt` + `absoluteTimeout` if that option was
 * lowered.
 */
export function expiryOf(session: Pick<Session, 'createdAt' | 'expiresAt'>, { absoluteTimeout }: Timeouts): number {
  return Math.min(session.expiresAt, session.createdAt + absoluteTimeout)
}

/** Returns the idle timeout of a session: its own one, or the option `idleTimeout` if that is less. */
export function idleTimeoutFor({ id }: Pick<Session, 'id'>, { idleTimeout }: Pick<Timeouts, 'idleTimeout'>): number {
  return Math.min(idleTimeout, idleTimeoutOf(id))
}

/** Whether a stored session has neither expired nor been idle for too long. */
export function isLive(session: Session, timeouts: Timeouts, now: number): boolean {
  return now < expiryOf(session, timeouts) && now < session.lastSeenAt + idleTimeoutFor(session, timeouts)
}
