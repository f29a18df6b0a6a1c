import type { FastifyInstance } from 'fastify'

export default async function auth(fastify: FastifyInstance) {
  fastify.post('/logout', async (_request, reply) => {
    await reply.signOut()
    return reply.code(204).send()
  })
}
