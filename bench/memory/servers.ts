import { randomBytes } from 'node:crypto'
import bearer, { type BearerOptions } from '@latchkey/bearer'
import guard, { allOf, authenticated, everyone } from '@latchkey/guard'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import type { Contender, Server } from '../contender.ts'
import { cookiesOf, hello, listening } from '../contenders/answer.ts'
import { audience, issuer, neededScope, type TrustedKeys } from '../tokens.ts'

/** What `GET /sign-in` answers. */
export const signedIn = 'signed in'

/** How many tokens and sessions there are at the end. */
export const MOST = 100_000

async function withTokens(keys: TrustedKeys, options: Pick<BearerOptions, 'remember'>): Promise<Server> {
  const app = Fastify()
  await app.register(guard)
  await app.register(bearer, { issuers: [{ issuer, audience, jwks: { keys: [keys.ES256] } }], ...options })
  app.get('/', { config: { access: allOf(neededScope) } }, hello)
  return listening(app)
}

/** Each request of `/sign-in` begins a session of another user. */
async function withSessions(): Promise<Server> {
  const app = Fastify()
  await app.register(guard)
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store: memoryStore() })
  let users = 0
  app.get('/sign-in', { config: { access: everyone } }, async (_request, reply) => {
    users += 1
    await reply.signIn({ subject: `user-${users}`, claims: { name: `User ${users}` } })
    return signedIn
  })
  app.get('/', { config: { access: authenticated } }, hello)
  const first = await app.inject({ url: '/sign-in' })
  return listening(app, cookiesOf(first.headers['set-cookie']))
}

export const memoryServers: readonly Contender[] = [
  { name: 'tokens, 10,000 remembered', sends: 'ES256', start: (keys) => withTokens(keys, {}) },
  { name: 'tokens, all remembered', sends: 'ES256', start: (keys) => withTokens(keys, { remember: MOST }) },
  { name: 'sessions in memoryStore()', sends: 'cookie', start: withSessions }
]
