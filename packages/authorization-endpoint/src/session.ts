import type { Principal } from '@latchkey/guard'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** The session of a request. */
export interface CurrentSession {
  readonly id: string
  readonly subject: string
  /** The time of the authentication, in seconds since the epoch; `null` when it is unknown. */
  readonly authenticatedAt: number | null
}

/** The members of `app.sessions` that the authorization endpoint uses. `@latchkey/session` provides them. */
export interface Sessions {
  current(request: FastifyRequest): CurrentSession | null
  /** Returns the live sessions of a subject. */
  list(subject: string): Promise<readonly { readonly id: string }[]>
}

/** Returns `app.sessions`. */
export function sessionsOf(app: FastifyInstance): Sessions {
  return app.getDecorator<Sessions>('sessions')
}

/**
 * Returns the time of a code for a session, or `null` if the session has ended since the request arrived: its body may take long.
 * The time is taken first, so a revocation after the session's end covers the code.
 */
export async function timeOfCodeFor(
  { id, subject }: CurrentSession,
  { sessions, timeOfCode }: CodeTimes
): Promise<number | null> {
  const time = await timeOfCode(subject)
  return (await sessions.list(subject)).some((session) => session.id === id) ? time : null
}

/** The dependencies of {@link timeOfCodeFor}. */
export interface CodeTimes {
  readonly sessions: Pick<Sessions, 'list'>
  /** Returns a time that is later than the last revocation of a subject. */
  readonly timeOfCode: (subject: string) => Promise<number>
}

/** The user of a request. */
export interface User {
  readonly session: CurrentSession
  readonly principal: Principal
}

/** Returns the user whose session the browser has; `null` for none. */
export function userOf(request: FastifyRequest, sessions: Sessions): User | null {
  const session = sessions.current(request)
  const principal = request.principalIfAny
  return session === null || principal === null ? null : { session, principal }
}
