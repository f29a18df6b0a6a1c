import Fastify from 'fastify'
import type { Contender, Server } from '../contender.ts'
import { hello, listening } from './answer.ts'

const refusals = [
  { statusCode: 401, error: 'Unauthorized', message: 'Authentication is required' },
  { statusCode: 403, error: 'Forbidden', message: 'The request needs more than this' }
]

/** Routes that check nothing. The refusals send at once what others send after a look at the request. */
async function start(): Promise<Server> {
  const app = Fastify()
  for (const path of ['/', '/200']) app.get(path, hello)
  for (const refusal of refusals) {
    app.get(`/${refusal.statusCode}`, async (_request, reply) => {
      reply.code(refusal.statusCode).header('www-authenticate', 'Bearer')
      return refusal
    })
  }
  return listening(app)
}

/** The routes that every contender is compared with. */
export const reference: Contender = { name: 'the bare routes', sends: 'nothing', checks: 'nothing', start }

/** Two servers with the same code. The difference between them is the error of the run. */
export const bare: readonly Contender[] = ['bare', 'bare again'].map((name) => ({
  name,
  sends: 'nothing',
  checks: 'nothing',
  isQuick: true,
  start
}))
