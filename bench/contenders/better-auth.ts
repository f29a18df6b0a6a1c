import { randomBytes } from 'node:crypto'
import Fastify from 'fastify'
import type { Contender, Server } from '../contender.ts'
import { cookiesOf, hello, listening } from './answer.ts'

async function start(enabled: boolean): Promise<Server> {
  // Loading it takes as long as loading all others: only the process that needs it does.
  const { betterAuth: auth } = await import('better-auth')
  const { memoryAdapter } = await import('better-auth/adapters/memory')
  const { fromNodeHeaders } = await import('better-auth/node')
  const { api } = auth({
    baseURL: 'http://127.0.0.1',
    secret: randomBytes(32).toString('hex'),
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled, maxAge: 3600 } },
    telemetry: { enabled: false }
  })
  const app = Fastify()
  app.addHook('onRequest', async ({ headers }, reply) => {
    const session = await api.getSession({ headers: fromNodeHeaders(headers) })
    return session ? undefined : reply.code(401).send({ error: 'unauthorized' })
  })
  app.get('/', hello)
  const body = { name: 'Ann', email: 'ann@example.com', password: randomBytes(16).toString('hex') }
  const signedIn = await api.signUpEmail({ body, asResponse: true })
  return listening(app, cookiesOf(signedIn.headers.getSetCookie()))
}

export const betterAuth: readonly Contender[] = [
  { name: 'better-auth getSession with cookie cache', sends: 'cookie', start: () => start(true) },
  { name: 'better-auth getSession without cookie cache', sends: 'cookie', start: () => start(false) }
]
