// The same server, with more and more in it: what a request costs may not depend on that.
import { generateKeyPairSync } from 'node:crypto'
import bearer, { type BearerOptions } from '@latchkey/bearer'
import guard, { allOf } from '@latchkey/guard'
import Fastify from 'fastify'
import type { JWK } from 'jose'
import type { Contender, Server } from '../contender.ts'
import { audience, issuer, neededScope, type TrustedKeys } from '../tokens.ts'
import { hello, listening } from './answer.ts'

interface Size {
  readonly routes?: number
  readonly issuers?: number
  readonly keys?: number
}

/** What is asked for comes last everywhere. */
async function start(trusted: TrustedKeys, { routes = 1, issuers = 1, keys = 1 }: Size): Promise<Server> {
  const ring = [...Array.from({ length: keys - 1 }, (_, at) => anotherKey(at)), trusted.ES256]
  const others: BearerOptions['issuers'] = Array.from({ length: issuers - 1 }, (_, at) => ({
    issuer: `https://id-${at}.example.com`,
    audience,
    jwks: { keys: [trusted.ES256] }
  }))
  const app = Fastify()
  await app.register(guard)
  await app.register(bearer, { issuers: [...others, { issuer, audience, jwks: { keys: ring } }] })
  for (let at = 1; at < routes; at++) app.get(`/items/${at}`, { config: { access: allOf(`items:${at}`) } }, hello)
  app.get('/', { config: { access: allOf(neededScope) } }, hello)
  return listening(app)
}

function anotherKey(at: number): JWK {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...(publicKey.export({ format: 'jwk' }) as JWK), kid: `${at}`, alg: 'ES256', use: 'sig' } // it is a JWK
}

/** Contenders of growing size, each held against the smallest: within 5 %. */
function series(what: keyof Size, sizes: readonly number[], sends: Contender['sends']): Contender[] {
  const name = (size: number | undefined): string => `latchkey bearer, ${what}: ${size}`
  return sizes.map((size, at) => ({
    name: name(size),
    sends,
    targets: at === 0 ? [] : [{ than: name(sizes[0]), least: 0.95 }],
    start: (trusted) => start(trusted, { [what]: size })
  }))
}

/** Routes are passed by every request; issuers and keys are chosen among when a token is new. */
export const growth: readonly Contender[] = [
  ...series('routes', [10, 500, 5000], 'ES256'),
  ...series('issuers', [1, 30, 1000], 'new ES256'),
  ...series('keys', [1, 10, 100], 'new ES256')
]
