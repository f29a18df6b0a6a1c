import { randomBytes } from 'node:crypto'
import guard, { authenticated, everyone } from '@latchkey/guard'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import type { Contender, Server } from '../contender.ts'
import { cookiesOf, hello, listening } from './answer.ts'

async function start(): Promise<Server> {
  const app = Fastify()
  await app.register(guard)
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store: memoryStore() })
  app.get('/', { config: { access: authenticated } }, hello)
  app.post('/sign-in', { config: { access: everyone } }, async (_request, reply) => {
    await reply.signIn({ subject: 'ann', claims: { name: 'Ann' } })
    return 'signed in'
  })
  const signedIn = await app.inject({
    method: 'POST',
    url: '/sign-in',
    headers: { 'sec-fetch-site': 'same-origin' }
  })
  return listening(app, cookiesOf(signedIn.headers['set-cookie']))
}

export const latchkeySession: readonly Contender[] = [
  { name: 'latchkey session', sends: 'cookie', isQuick: true, targets: [{ than: 'bare', least: 0.8 }], start }
]
