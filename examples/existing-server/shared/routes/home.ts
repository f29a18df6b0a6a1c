import type { FastifyInstance } from 'fastify'

export default async function home(fastify: FastifyInstance) {
  fastify.get('/', async () => ({ message: 'The tasks server' }))
}
