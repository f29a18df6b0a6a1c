import Fastify from 'fastify'
import type { Contender } from '../contender.ts'
import { hello, listening } from './answer.ts'

const refusals = [
  { statusCode: 401, error: 'Unauthorized', message: 'Authentication is required' },
  { statusCode: 403, error: 'Forbidden', message: 'The request needs more than this' }
]

/** Routes that ask nothing. The refusals say at once what others say after a look at the request. */
export const bare: Contender = {
  name: 'bare',
  sends: 'nothing',
  async start() {
    const app = Fastify()
    app.get('/200', hello)
    for (const refusal of refusals) {
      app.get(`/${refusal.statusCode}`, async (_request, reply) => {
        reply.code(refusal.statusCode).header('www-authenticate', 'Bearer')
        return refusal
      })
    }
    return listening(app)
  }
}
