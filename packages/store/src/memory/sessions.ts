import type { Session, SessionStore, UpstreamSession } from '../sessions.ts'
import { makeRoom, sweeper } from './eviction.ts'

/** Sessions in memory, at most `limit`. A full store forgets the oldest. */
export function memorySessions(limit: number, now: () => number): SessionStore {
  const sessions = new Map<string, Session>()
  const sweep = sweeper(now, 60, (time) => end((session) => session.expiresAt <= time))

  return Object.freeze({
    async create(session: Session) {
      if (sessions.has(session.id)) throw new Error('A session with this identifier is stored already')
      sweep()
      makeRoom(sessions, limit)
      const upstream = session.upstream && Object.freeze({ ...session.upstream })
      sessions.set(session.id, Object.freeze({ ...session, upstream }))
    },

    find(id: string) {
      return sessions.get(id) ?? null
    },

    async touch(id: string, time: number) {
      const session = sessions.get(id)
      if (session === undefined) return false
      sessions.set(id, Object.freeze({ ...session, lastSeenAt: Math.max(session.lastSeenAt, time) }))
      return true
    },

    async list(subject: string) {
      return [...sessions.values()]
        .filter((session) => session.subject === subject)
        .sort((a, b) => a.createdAt - b.createdAt)
    },

    async end(id: string) {
      sessions.delete(id)
    },

    async endSubject(subject: string) {
      end((session) => session.subject === subject)
    },

    async endUpstream({ issuer, sid }: UpstreamSession) {
      end(({ upstream }) => upstream?.issuer === issuer && upstream.sid === sid)
    }
  })

  function end(matches: (session: Session) => boolean): void {
    for (const [id, session] of sessions) if (matches(session)) sessions.delete(id)
  }
}
