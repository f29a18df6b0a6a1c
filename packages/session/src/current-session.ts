import type { Session } from '@latchkey/store'
import type { FastifyRequest } from 'fastify'
import type { Timeouts } from './lifetime.ts'
import type { OpenedSession } from './sealed-session.ts'
import { type CurrentSession, sessionInfo } from './session-info.ts'

/** The sessions of current requests. */
export interface CurrentSessions {
  remember(request: FastifyRequest, opened: OpenedSession, stored: Session): void
  /** The opened cookie that authenticated a request; `null` as in `of`. */
  opened(request: FastifyRequest): OpenedSession | null
  /** The session of a request; `null` if another credential or none authenticated it. */
  of(request: FastifyRequest): CurrentSession | null
}

export function currentSessions(timeouts: Timeouts): CurrentSessions {
  // A property of the request: a WeakMap with an entry per request is expensive for the garbage collector.
  const found = Symbol('session')
  interface Judged extends FastifyRequest {
    [found]?: { readonly opened: OpenedSession; readonly stored: Session }
  }

  // Another credential may have authenticated the request, or the guard may have refused it.
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
      const { authenticatedAt, scopes, claims, remembered } = session.opened
      // A copy: the store may keep the object that it returned.
      const upstream = session.stored.upstream && { ...session.stored.upstream }
      return { ...sessionInfo(session.stored, timeouts), authenticatedAt, scopes, claims, remembered, upstream }
    }
  }
}
