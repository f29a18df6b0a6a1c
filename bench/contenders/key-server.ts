import Fastify from 'fastify'
import type { Server } from '../contender.ts'
import type { TrustedKeys } from '../tokens.ts'
import { listening } from './answer.ts'

/** Serves the issuer's keys to those who must fetch them: once, and before anything is measured. */
export async function keyServer(keys: TrustedKeys): Promise<Server> {
  const app = Fastify()
  app.get('/jwks', async () => ({ keys: Object.values(keys) }))
  const { url } = await listening(app)
  return { url: `${url}/jwks`, close: () => app.close() }
}
