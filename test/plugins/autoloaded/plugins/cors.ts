import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'

/** Registers a route for `OPTIONS *`, and is loaded before the guard. */
export default async (app: FastifyInstance): Promise<void> => {
  await app.register(cors, { origin: ['https://spa.example.com'] })
}
