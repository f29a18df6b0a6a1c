import cookie from '@fastify/cookie'
import csrfProtection from '@fastify/csrf-protection'
import session from '@fastify/session'
import fp from 'fastify-plugin'
import type { User } from './users-repository.ts'

declare module 'fastify' {
  interface Session {
    user?: User
  }
}

export default fp(
  async (fastify) => {
    await fastify.register(cookie)
    await fastify.register(session, {
      secret: process.env.SESSION_SECRET ?? '',
      cookieName: 'session',
      cookie: { secure: 'auto', httpOnly: true, sameSite: 'lax', maxAge: 1_800_000 }
    })
    await fastify.register(csrfProtection, { sessionPlugin: '@fastify/session' })
  },
  { name: 'session' }
)
