import jwt, { type VerifyOptions } from '@fastify/jwt'
import Fastify, { type FastifyPluginCallback } from 'fastify'
import jwks, { type FastifyJwtJwksOptions } from 'fastify-jwt-jwks'
import type { Contender, Server } from '../contender.ts'
import { type Algorithm, algorithms, audience, issuer, type TrustedKeys } from '../tokens.ts'
import { hello, holdsScope, listening } from './answer.ts'
import { keyServer } from './key-server.ts'
import { pem } from './pem.ts'

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: { scope: string }
    user: { scope: string }
  }
}

/** By default the cache hashes each token, which costs more than the look-up. */
function caching(cache: boolean): Pick<Partial<VerifyOptions>, 'cache' | 'cacheKeyBuilder'> {
  return cache ? { cache, cacheKeyBuilder: (token) => token } : { cache }
}

async function withKey(keys: TrustedKeys, algorithm: Algorithm, cache: boolean): Promise<Server> {
  const app = Fastify()
  await app.register(jwt, {
    secret: { public: pem(keys, algorithm) },
    verify: { algorithms: [algorithm], allowedIss: issuer, allowedAud: audience, checkTyp: 'at+jwt', ...caching(cache) }
  })
  app.addHook('onRequest', async (request, reply) => {
    await request.jwtVerify()
    if (!holdsScope(request.user.scope)) return reply.code(403).send({ error: 'insufficient_scope' })
    return undefined
  })
  app.get('/', hello)
  return listening(app)
}

async function withKeySet(keys: TrustedKeys, cache: boolean): Promise<Server> {
  const set = await keyServer(keys)
  const app = Fastify()
  // The module is the plugin, and its types do not know.
  const plugin = jwks as unknown as FastifyPluginCallback<FastifyJwtJwksOptions>
  await app.register(plugin, { jwksUrl: set.url, issuer, audience, ...caching(cache) })
  app.addHook('onRequest', async (request, reply) => {
    await app.authenticate(request)
    if (!holdsScope(request.user.scope)) return reply.code(403).send({ error: 'insufficient_scope' })
    return undefined
  })
  app.get('/', hello)
  app.addHook('onClose', () => set.close())
  return listening(app)
}

export const fastifyJwt: readonly Contender[] = [
  ...algorithms.map((algorithm) => ({
    name: `@fastify/jwt with cache ${algorithm}`,
    sends: algorithm,
    isQuick: algorithm === 'RS256',
    start: (keys: TrustedKeys) => withKey(keys, algorithm, true)
  })),
  ...algorithms.map((algorithm) => ({
    name: `@fastify/jwt without cache ${algorithm}`,
    sends: `new ${algorithm}` as const,
    isQuick: algorithm === 'RS256',
    start: (keys: TrustedKeys) => withKey(keys, algorithm, false)
  })),
  { name: 'fastify-jwt-jwks with cache', sends: 'RS256', start: (keys) => withKeySet(keys, true) },
  { name: 'fastify-jwt-jwks without cache', sends: 'new RS256', start: (keys) => withKeySet(keys, false) }
]
