// Lower bounds: hooks that do one part of the work, and check less than they must.
import { createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto'
import cookie from '@fastify/cookie'
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

/** A refusal that an application's error handlers can change cannot cost less: a prepared error, and three headers. */
async function withRefusal(status: 401 | 403): Promise<Server> {
  const refusal = Object.assign(new Error('Refused'), { statusCode: status })
  const app = Fastify()
  app.addHook('onRequest', (_request, reply, done) => {
    writePrivateHeaders(reply)
    reply.header('www-authenticate', 'Bearer')
    done(refusal)
  })
  app.get('/', hello)
  return listening(app)
}

/** A session that needs no store and no secret cannot cost less: the cookie is parsed, and found in a Map. */
async function withCookie(): Promise<Server> {
  const id = randomBytes(32).toString('base64url')
  const sessions = new Map([[id, 'ann']])
  const app = Fastify()
  await app.register(cookie)
  app.addHook('onRequest', ({ cookies }, reply, done) => {
    reply.header('vary', 'Cookie').header('cache-control', 'no-store')
    if (sessions.has(cookies['session'] ?? '')) done()
    else void reply.code(401).send({ error: 'unauthorized' })
  })
  app.get('/', hello)
  return listening(app, `session=${id}`)
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
  ),
  {
    name: 'one crypto.verify in a hook, bad signature',
    sends: 'new RS256',
    token: { isForged: true },
    status: 401,
    checks: 'nothing',
    start: (keys) => withVerification(keys, 'RS256')
  },
  {
    name: 'one crypto.verify in a hook, 8 KB of hostile payload',
    sends: 'new RS256',
    token: { isForged: true, members: 370 },
    status: 401,
    checks: 'nothing',
    start: (keys) => withVerification(keys, 'RS256')
  },
  ...([401, 403] as const).map(
    (status): Contender => ({
      name: `a prepared error and three headers in a hook, ${status}`,
      sends: status === 401 ? 'nothing' : 'RS256',
      status,
      checks: 'nothing',
      start: () => withRefusal(status)
    })
  ),
  { name: 'a cookie and a Map in a hook', sends: 'cookie', start: withCookie }
]
