// Lower bounds: hooks that do one part of the work, and check less than they must.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import Fastify from 'fastify'
import type { Contender, Server } from '../contender.ts'
import { type Algorithm, algorithms, type TrustedKeys } from '../tokens.ts'
import { hello, listening, writePrivateHeaders } from './answer.ts'

/** A hook that writes the guard's two headers cannot cost less. */
async function withHeaders(): Promise<Server> {
  const app = Fastify()
  app.addHook('onRequest', (_request, reply, done) => {
    writePrivateHeaders(reply)
    done()
  })
  app.get('/', hello)
  return listening(app)
}

/** The cost of a new token cannot be lower: one synchronous verification, and no look at what was signed. */
async function withVerification(keys: TrustedKeys, algorithm: Algorithm): Promise<Server> {
  const key = createPublicKey({ key: { ...keys[algorithm] }, format: 'jwk' })
  const app = Fastify()
  app.addHook('onRequest', ({ headers: { authorization = '' } }, reply, done) => {
    if (isSigned(authorization.slice('Bearer '.length), algorithm, key)) done()
    else void reply.code(401).send({ error: 'invalid_token' })
  })
  app.get('/', hello)
  return listening(app)
}

function isSigned(token: string, algorithm: Algorithm, key: KeyObject): boolean {
  const end = token.lastIndexOf('.')
  return verify(
    algorithm === 'EdDSA' ? null : 'sha256',
    Buffer.from(token.slice(0, Math.max(0, end)), 'latin1'),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(token.slice(end + 1), 'base64url')
  )
}

export const floor: readonly Contender[] = [
  {
    name: "the guard's two headers in a hook",
    sends: 'RS256',
    checks: 'nothing',
    isQuick: true,
    start: withHeaders
  },
  ...algorithms.map(
    (algorithm): Contender => ({
      name: `one crypto.verify in a hook ${algorithm}`,
      sends: `new ${algorithm}`,
      checks: 'the signature',
      start: (keys) => withVerification(keys, algorithm)
    })
  )
]
