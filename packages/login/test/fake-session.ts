import { randomBytes } from 'node:crypto'
import cookie from '@fastify/cookie'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/** A session of the fake. */
export interface FakeSession {
  readonly id: string
  readonly subject: string
  readonly scopes?: readonly string[]
  readonly claims: Readonly<Record<string, unknown>>
  readonly upstream?: { readonly issuer: string; readonly sid: string }
  readonly createdAt: number
  readonly authenticatedAt: number | null
}

type Person = Omit<FakeSession, 'id' | 'claims' | 'createdAt' | 'authenticatedAt'> & Partial<FakeSession>

/** Options of the fake. */
export interface FakeSessionOptions {
  readonly origin?: string
  readonly sessions: Map<string, FakeSession>
  readonly now?: () => number
  /** The attributes of the cookie that the login reads. */
  readonly cookie?: { readonly secure: boolean; readonly sameSite: 'lax' | 'strict' }
}

/** A session plugin with the decorators that the login needs. A test can read its sessions. */
const plugin: FastifyPluginAsync<FakeSessionOptions> = async (
  app,
  { origin, sessions, now = Date.now, cookie: sent = { secure: true, sameSite: 'lax' } }
) => {
  await app.register(cookie)
  const decorator = {
    origin,
    cookie: sent,
    presented: async (request: FastifyRequest) => sessions.get(request.cookies['session'] ?? '') ?? null,
    end: async (_subject: string, id: string) => sessions.delete(id),
    current: (request: FastifyRequest) => sessions.get(request.cookies['session'] ?? '') ?? null,
    list: async (subject: string) => [...sessions.values()].filter((session) => session.subject === subject),
    async revokeAll(subject: string) {
      for (const [id, session] of sessions) if (session.subject === subject) sessions.delete(id)
    },
    async revokeUpstream({ issuer, sid }: { issuer: string; sid: string }) {
      for (const [id, { upstream }] of sessions) {
        if (upstream?.issuer === issuer && upstream.sid === sid) sessions.delete(id)
      }
    },
    deriveKeys: (label: string) => [new TextEncoder().encode(label.padEnd(32, '.'))]
  }
  // If the real plugin is loaded too, its type has more members than the login needs.
  app.decorate('session', decorator as never)
  app.decorateReply('signIn', async function (this: FastifyReply, person: Person) {
    const id = randomBytes(8).toString('hex')
    const createdAt = Math.floor(now() / 1000)
    sessions.delete(this.request.cookies['session'] ?? '')
    sessions.set(id, { id, claims: {}, createdAt, authenticatedAt: createdAt, ...person })
    this.setCookie('session', id, { path: '/' })
  })
  app.decorateReply('signOut', async function (this: FastifyReply) {
    sessions.delete(this.request.cookies['session'] ?? '')
    this.setCookie('session', '', { path: '/', maxAge: 0 })
  })
}

export const fakeSession = fp(plugin, { name: 'fake-session' })
