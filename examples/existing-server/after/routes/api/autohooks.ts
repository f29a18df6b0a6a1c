import { authenticated } from '@latchkey/guard'
import type { FastifyInstance } from 'fastify'

export default async function api(fastify: FastifyInstance) {
  fastify.guard.require(authenticated)
}
