import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import bearer, { type JwkSet } from '@latchkey/bearer'
import guard, { authenticated } from '@latchkey/guard'
import passwordGrant from '@latchkey/password-grant'
import type { Store } from '@latchkey/store'
import tokenEndpoint, { type generateSigningKey } from '@latchkey/token-endpoint'
import type { Guessable } from './guessed-server.ts'
import type { Stop } from './standing-store.ts'
import { atTime } from '../store-clock.ts'
import { openStorage, type Place } from '../../examples/storage.ts'
import type { Settings } from '../authorization/server.ts'

export type SigningKey = Awaited<ReturnType<typeof generateSigningKey>>

/** The members in which the servers of a test differ from each other. */
export interface ServerSettings {
  /** Seconds. */
  readonly gracePeriod: number
  /** By how many seconds its clock, and the store's, are ahead. Default: 0. */
  readonly clockOffset?: number
  /** How long its list of revoked tokens may go unread, in milliseconds. Default: that of the plugin. */
  readonly staleAfter?: number
  /** The secrets to guess, for a server that tests guesses. */
  readonly guessed?: Guessable
  /** The settings of a server with an authorization endpoint, of `../authorization`. The members above do not count then. */
  readonly authorizes?: Settings
  /** Where a request stands still, in a process that is killed then. Default: nowhere. */
  readonly stop?: Stop
}

const issuer = 'http://localhost:3000'

/** A token endpoint with a public client, and `GET /me`: one of several that share a store and a key. */
export async function buildServer(
  store: Store,
  key: SigningKey,
  { gracePeriod, clockOffset = 0, staleAfter }: ServerSettings
): Promise<FastifyInstance> {
  const now = (): number => Date.now() + clockOffset * 1000
  const app = Fastify()
  await app.register(guard)
  await app.register(tokenEndpoint, {
    issuer,
    audience: issuer,
    keys: [key],
    store: atTime(store, now),
    refreshGracePeriod: gracePeriod,
    ...(staleAfter !== undefined && { revocations: { interval: 10, staleAfter } }),
    now
  })
  await app.register(passwordGrant, {
    verifyPassword: async ({ username }) => ({ subject: username, scopes: [] }),
    now
  })
  await app.register(bearer, { issuers: [app.tokenEndpoint], now })
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  return app
}

/** A server in this process, which no test kills. Returns its origin. */
export async function serve(t: Test, place: Place, key: SigningKey, settings: ServerSettings): Promise<string> {
  const store = await openStorage(place)
  t.teardown(() => store.close())
  const app = await buildServer(store, key, settings)
  t.teardown(() => app.close())
  return app.listen({ port: 0, host: '127.0.0.1' })
}

/** An API that has only the keys of an issuer and does not learn of revocations. Returns its origin. */
export async function serveByKeysAlone(t: Test, tokenEndpoint: string): Promise<string> {
  const jwks = (await (await fetch(`${tokenEndpoint}/jwks`)).json()) as JwkSet // as RFC 7517 has it
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  await app.register(bearer, { issuers: [{ issuer, audience: issuer, jwks }] })
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  return app.listen({ port: 0, host: '127.0.0.1' })
}
