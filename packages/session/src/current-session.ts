import type { Session } from '@latchkey/store'
import type { FastifyRequest } from 'fastify'
import type { Timeouts } from './lifetime.ts'
import type { OpenedSession } from './sealed-session.ts'
import { type CurrentSession, sessionInfo } from './session-info.ts'

/** The sessions of the requests that are under way. */
export interface CurrentSessions {
  remember(request: FastifyRequest, opened: OpenedSession, stored: Session): void
  /** The cookie that vouched for a request; `null` as below. */
  opened(request: FastifyRequest): OpenedSession | null
  /** `null` when something else than a session vouched for the request, or nobody did. */
  of(request: FastifyRequest): CurrentSession | null
}

export function currentSessions(timeouts: Timeouts): CurrentSessions {
  // A property of the request: a WeakMap that gets an entry with each request keeps the garbage collector busy.
  const found = Symbol('session')
  interface Judged extends FastifyRequest {
    [found]?: { readonly opened: OpenedSession; readonly stored: Session }
  }

  // Another credential may have vouched in the end, or the guard may have refused the request.
  const sessionOf = (request: Judged): Judged[typeof found] =>
    request.principalIfAny?.scheme === 'session' ? request[found] : undefined

  return {
    remember(request: Judged, opened, stored) {
      request[found] = { opened, stored }
    },
    opened: (request) => sessionOf(request)?.opened ?? null,
    of(request) {
      const session = sessionOf(request)
      if (session === undefined) return null
      const { authenticatedAt, scopes, claims } = session.opened
      // The store may keep what it gave.
      const upstream = session.stored.upstream && { ...session.stored.upstream }
      return { ...sessionInfo(session.stored, timeouts), authenticatedAt, scopes, claims, upstream }
    }
  }
}
