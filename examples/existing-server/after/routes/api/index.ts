import type { FastifyInstance } from 'fastify'

export default async function hello(fastify: FastifyInstance) {
  fastify.get('/', async (request) => ({ message: `Hello ${request.principal.user.username}!` }))
}
