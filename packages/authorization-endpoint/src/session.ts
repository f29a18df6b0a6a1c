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
}

/** Returns `app.sessions`. */
export function sessionsOf(app: FastifyInstance): Sessions {
  return app.getDecorator<Sessions>('sessions')
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
