import { authenticated } from '@latchkey/guard'
import type { FastifyInstance } from 'fastify'

export default async (app: FastifyInstance): Promise<void> => {
  app.get('/items', { config: { access: authenticated } }, async () => 'items')
}
