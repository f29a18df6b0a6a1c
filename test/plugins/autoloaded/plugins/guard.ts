import guard, { type GuardOptions } from '@latchkey/guard'
import type { FastifyInstance } from 'fastify'

export default async (app: FastifyInstance, { routes }: Pick<GuardOptions, 'routes'>): Promise<void> => {
  await app.register(guard, { routes })
}
