// The same server with more and more in it.
import { generateKeyPairSync } from 'node:crypto'
import bearer, { type BearerOptions } from '@latchkey/bearer'
import guard, { allOf } from '@latchkey/guard'
import Fastify from 'fastify'
import type { JWK } from 'jose'
import type { Contender, Server } from '../contender.ts'
import { hello, listening } from '../contenders/answer.ts'
import { audience, issuer, neededScope, type TrustedKeys } from '../tokens.ts'

interface Size {
  readonly routes?: number
  readonly issuers?: number
  readonly keys?: number
}

/** Two servers that differ in one number, or in nothing. */
export interface Pair {
  readonly what: string
  readonly small: Contender
  readonly large: Contender
  /** Whether both have the same size: then the difference is the error of the measurement. */
  readonly isControl: boolean
}

/** Routes are passed by every request; issuers and keys are chosen among when a token is new. */
export const pairs: readonly Pair[] = [
  pair('routes', 10, 10, 'ES256'),
  pair('routes', 10, 5000, 'ES256'),
  pair('issuers', 1, 1, 'new ES256'),
  pair('issuers', 1, 1000, 'new ES256'),
  pair('keys', 1, 100, 'new ES256')
]

/** All servers of the pairs. */
export const growthServers: readonly Contender[] = pairs.flatMap(({ small, large }) => [small, large])

function pair(what: keyof Size, from: number, to: number, sends: Contender['sends']): Pair {
  const title = `${what}, ${from} to ${to}`
  const server = (side: string, size: number): Contender => ({
    name: `latchkey bearer, ${title}: ${side}`,
    sends,
    start: (trusted) => start(trusted, { [what]: size })
  })
  return { what: title, small: server('small', from), large: server('large', to), isControl: from === to }
}

/** The route, issuer and key that requests need come last. */
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
