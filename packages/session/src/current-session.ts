import type { Session } from '@latchkey/store'
import type { FastifyRequest } from 'fastify'
import type { Timeouts } from './lifetime.ts'
import type { OpenedSession } from './sealed-session.ts'
import { type CurrentSession, sessionInfo } from './session-info.ts'

/** The sessions of the requests that are under way. */
export interface CurrentSessions {
  remember(request: FastifyRequest, opened: OpenedSession, stored: Session): void
  /** The cookie that vouched for a request. */
  opened(request: FastifyRequest): OpenedSession | null
  /** `null` when something else than a session vouched for the request, or nobody did. */
  of(request: FastifyRequest): CurrentSession | null
}

export function currentSessions(timeouts: Timeouts): CurrentSessions {
  const found = new WeakMap<FastifyRequest, { readonly opened: OpenedSession; readonly stored: Session }>()

  return {
    remember: (request, opened, stored) => void found.set(request, { opened, stored }),
    opened: (request) => found.get(request)?.opened ?? null,
    of(request) {
      const session = found.get(request)
      if (session === undefined || request.principalIfAny?.scheme !== 'session') return null
      const { authenticatedAt, scopes, claims } = session.opened
      const { upstream } = session.stored
      return { ...sessionInfo(session.stored, timeouts), authenticatedAt, scopes, claims, upstream }
    }
  }
}
