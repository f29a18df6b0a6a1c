import type { Session, SessionStore, UpstreamSession } from '../sessions.ts'
import { forget, makeRoom, sweeper } from './eviction.ts'

/** Sessions in memory, at most `limit`. A full store forgets the oldest. */
export function memorySessions(limit: number, now: () => number): SessionStore {
  const sessions = new Map<string, Session>()
  const sweep = sweeper(now, (time) => forget(sessions, ({ expiresAt }) => expiresAt <= time))

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
      forget(sessions, (session) => session.subject === subject)
    },

    async endUpstream({ issuer, sid }: UpstreamSession) {
      forget(sessions, ({ upstream }) => upstream?.issuer === issuer && upstream.sid === sid)
    }
  })
}
