import Fastify, { type onRequestAsyncHookHandler } from 'fastify'
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Contender, Server } from '../contender.ts'
import { type Algorithm, algorithms, audience, issuer, type TrustedKeys } from '../tokens.ts'
import { hello, holdsScope, listening, writePrivateHeaders } from './answer.ts'

type Verify = (token: string) => Promise<JWTPayload>

/** What a careful application writes itself. */
async function guardedBy(verify: Verify, writesHeaders = false): Promise<Server> {
  const hook: onRequestAsyncHookHandler = async ({ headers: { authorization = '' } }, reply) => {
    if (writesHeaders) writePrivateHeaders(reply)
    if (!authorization.startsWith('Bearer ')) return reply.code(401).send({ error: 'unauthorized' })
    try {
      const { scope } = await verify(authorization.slice('Bearer '.length))
      if (!holdsScope(scope)) return await reply.code(403).send({ error: 'insufficient_scope' })
    } catch {
      return reply.code(401).send({ error: 'invalid_token' })
    }
    return undefined
  }
  const app = Fastify()
  app.addHook('onRequest', hook)
  app.get('/', hello)
  return listening(app)
}

function verifying(keys: TrustedKeys, algorithm: Algorithm = 'RS256'): Verify {
  const set = createLocalJWKSet({ keys: Object.values(keys) })
  return async (token) =>
    (await jwtVerify(token, set, { issuer, audience, algorithms: [algorithm], typ: 'at+jwt' })).payload
}

function remembering(verify: Verify): Verify {
  const verified = new LRUCache<string, JWTPayload>({ max: 1000 })
  return async (token) => {
    const known = verified.get(token)
    if (known && Number(known.exp) > Date.now() / 1000) return known
    const payload = await verify(token)
    verified.set(token, payload)
    return payload
  }
}

/** The name of the hook that writes the same headers as the guard. */
export function rememberingName(algorithm: Algorithm): string {
  return `jose, lru-cache and the guard's headers in a hook ${algorithm}`
}

export const jose: readonly Contender[] = [
  { name: 'jose in a hook', sends: 'RS256', start: (keys) => guardedBy(verifying(keys)) },
  { name: 'jose and lru-cache in a hook', sends: 'RS256', start: (keys) => guardedBy(remembering(verifying(keys))) },
  ...algorithms.map((algorithm) => ({
    name: rememberingName(algorithm),
    sends: algorithm,
    isQuick: algorithm === 'RS256',
    start: (keys: TrustedKeys) => guardedBy(remembering(verifying(keys, algorithm)), true)
  }))
]
