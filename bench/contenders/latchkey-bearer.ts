import bearer, { type BearerOptions } from '@latchkey/bearer'
import guard, { allOf } from '@latchkey/guard'
import Fastify from 'fastify'
import type { Contender, Server } from '../contender.ts'
import { algorithms, audience, issuer, neededScope, type TrustedKeys } from '../tokens.ts'
import { hello, listening } from './answer.ts'
import { rememberingName } from './jose.ts'

function start(keys: TrustedKeys): Promise<Server> {
  return guarded(keys, {})
}

async function guarded(keys: TrustedKeys, options: Pick<BearerOptions, 'remember'>): Promise<Server> {
  const app = Fastify()
  await app.register(guard)
  await app.register(bearer, { issuers: [{ issuer, audience, jwks: { keys: Object.values(keys) } }], ...options })
  app.get('/', { config: { access: allOf(neededScope) } }, hello)
  return listening(app)
}

export const latchkeyBearer: readonly Contender[] = [
  ...algorithms.map((algorithm) => ({
    name: `latchkey bearer ${algorithm}`,
    sends: algorithm,
    isQuick: algorithm === 'RS256',
    targets: [
      { than: rememberingName(algorithm), least: 1.05 },
      { than: `@fastify/jwt with cache ${algorithm}`, least: 1.7 },
      ...(algorithm === 'RS256' ? [{ than: 'express-oauth2-jwt-bearer', least: 8 }] : [])
    ],
    start
  })),
  ...algorithms.map((algorithm) => ({
    name: `latchkey bearer ${algorithm} new tokens`,
    sends: `new ${algorithm}` as const,
    isQuick: algorithm === 'RS256',
    targets: [{ than: `@fastify/jwt without cache ${algorithm}`, least: 1 }],
    start
  })),
  {
    name: 'latchkey bearer RS256 new tokens, none remembered',
    sends: 'new RS256',
    start: (keys) => guarded(keys, { remember: false })
  },
  {
    name: 'latchkey bearer no token',
    sends: 'nothing',
    status: 401,
    isQuick: true,
    targets: [{ than: 'bare', least: 0.85 }],
    start
  },
  {
    name: 'latchkey bearer missing scope',
    sends: 'RS256',
    token: { scope: 'items:write' },
    status: 403,
    isQuick: true,
    targets: [{ than: 'bare', least: 0.8 }],
    start
  },
  {
    name: 'latchkey bearer bad signature',
    sends: 'new RS256',
    token: { isForged: true },
    status: 401,
    isQuick: true,
    targets: [{ than: 'bare', least: 0.35 }],
    start
  },
  {
    name: 'latchkey bearer 8 KB of hostile payload',
    sends: 'new RS256',
    // Just below the 8 KiB that the plugin accepts: longer tokens are not even parsed.
    token: { isForged: true, members: 370 },
    status: 401,
    isQuick: true,
    // It costs twice as much as a bare refusal of the same request, at most.
    targets: [{ than: 'bare', least: 0.5 }],
    start
  }
]
