import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    requireRole: typeof requireRole
  }
}

async function requireRole(this: FastifyRequest, reply: FastifyReply, role: string) {
  if (!this.session.user?.roles.includes(role)) await reply.code(403).send({ message: 'You may not do this.' })
}

export default fp(
  async (fastify) => {
    fastify.decorateRequest('requireRole', requireRole)
  },
  { name: 'authorization' }
)
