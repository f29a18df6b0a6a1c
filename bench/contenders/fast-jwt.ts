import { createVerifier } from 'fast-jwt'
import Fastify from 'fastify'
import type { Contender, Server } from '../contender.ts'
import { audience, issuer, type TrustedKeys } from '../tokens.ts'
import { hello, holdsScope, listening } from './answer.ts'
import { pem } from './pem.ts'

/** The verifier of @fastify/jwt without the plugin, called as directly as its documentation allows. */
async function start(keys: TrustedKeys, cache: boolean): Promise<Server> {
  // Without a callback for the key it verifies synchronously, which its types do not say.
  const verify = createVerifier({
    key: pem(keys, 'RS256'),
    algorithms: ['RS256'],
    allowedIss: issuer,
    allowedAud: audience,
    checkTyp: 'at+jwt',
    cache,
    // By default it hashes each token, which costs more than the look-up.
    cacheKeyBuilder: (token) => token
  }) as (token: string) => { scope?: unknown }
  const app = Fastify()
  app.addHook('onRequest', ({ headers: { authorization = '' } }, reply, done) => {
    try {
      const { scope } = verify(authorization.slice('Bearer '.length))
      if (holdsScope(scope)) done()
      else void reply.code(403).send({ error: 'insufficient_scope' })
    } catch {
      void reply.code(401).send({ error: 'invalid_token' })
    }
  })
  app.get('/', hello)
  return listening(app)
}

export const fastJwt: readonly Contender[] = [
  { name: 'fast-jwt in a hook with cache', sends: 'RS256', start: (keys) => start(keys, true) },
  { name: 'fast-jwt in a hook without cache', sends: 'new RS256', start: (keys) => start(keys, false) }
]
