import { InsufficientUserAuthenticationError } from '@latchkey/guard'
import type { FastifyRequest } from 'fastify'
import { PasswordLoginError } from '../errors.ts'
import type { CurrentSession, Sessions } from '../session.ts'

/** The oldest login that can change the address, in seconds. */
const OLDEST_LOGIN = 600
/** The accepted difference between clocks, in seconds. */
const CLOCK_TOLERANCE = 60

/**
 * Returns the session of a request. The guard has authenticated it; but another credential may have done it, and the session may
 * have ended while the body was read.
 *
 * @throws PasswordLoginError `session_required`
 */
export async function requireSession(request: FastifyRequest, sessions: Sessions): Promise<CurrentSession> {
  const session = sessions.current(request)
  const live = session === null ? [] : await sessions.list(session.subject)
  if (session !== null && live.some(({ id }) => id === session.id)) return session
  throw new PasswordLoginError('session_required')
}

/**
 * Checks that the login of a session is of the last ten minutes. If its time is unknown, as with providers that do not tell it, the
 * age of the session counts instead.
 *
 * @param now - in milliseconds since the epoch
 * @throws InsufficientUserAuthenticationError, which sends a browser to a fresh login. PasswordLoginError `recent_login_required`
 * when the time is unknown: the provider could not prove a fresh login either
 */
export function requireRecent({ authenticatedAt, createdAt }: CurrentSession, now: () => number): void {
  const age = now() / 1000 - (authenticatedAt ?? createdAt)
  // A time in the future proves nothing.
  if (age <= OLDEST_LOGIN && age >= -CLOCK_TOLERANCE) return
  if (authenticatedAt !== null) throw new InsufficientUserAuthenticationError(OLDEST_LOGIN)
  throw new PasswordLoginError('recent_login_required')
}
