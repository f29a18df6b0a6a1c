import { randomBytes } from 'node:crypto'
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { FastifyServerOptions } from 'fastify'
import type { Test } from 'tap'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { type SigningKeyStore, StoreUnavailableError } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { storedKeys, type StoredKeysOptions, type TokenEndpointOptions } from '@latchkey/token-endpoint'
import { issuer, type Server, server } from './server.ts'

export const DAY = 86_400
export const secret = randomBytes(32).toString('base64url')

/** Lets the tests of a file fire the timers, and wait for the work that they start. */
export function mockTimers(t: Pick<Test, 'teardown'>): void {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
}

/** Advances the time until every server reads the store, and waits until that work is done. */
export async function followed(until: () => boolean): Promise<void> {
  mock.timers.tick(30_000)
  while (!until()) await setImmediate()
}

/** A server with its keys in a store. */
export async function start(
  t: Test,
  keys: Partial<StoredKeysOptions> & Pick<StoredKeysOptions, 'store'>,
  options: Partial<TokenEndpointOptions> = {},
  fastify: FastifyServerOptions = {}
): Promise<Server> {
  const started = await server({ ...options, keys: storedKeys({ secrets: [secret], ...keys }) }, { fastify })
  t.teardown(() => started.app.close())
  return started
}

/** The identifiers of the keys that a server publishes. */
export function kids({ app }: Server): (string | undefined)[] {
  try {
    return app.tokenEndpoint.jwks().keys.map(({ kid }) => kid)
  } catch {
    return []
  }
}

/** The identifier of the key that a server signs with. */
export async function signedBy({ login }: Server): Promise<string | undefined> {
  return decodeProtectedHeader((await login()).body.access_token).kid
}

/** Verifies a token with the keys that a server publishes. */
export async function verifies(token: string, { app }: Server, now = Date.now): Promise<unknown> {
  const keys = createLocalJWKSet(app.tokenEndpoint.jwks())
  return jwtVerify(token, keys, { issuer, typ: 'at+jwt', currentDate: new Date(now()) })
}

/** A store with a connection that tests can cut. */
export interface FrailStore {
  readonly signingKeys: SigningKeyStore
  /** While true, the store does not answer. */
  down: boolean
  error: Error
  readonly asked: string[]
  /** Advances the time for the servers until the ring was read the given number of times and the following work is done. */
  read(times: number): Promise<void>
}

export function frail(): FrailStore {
  const { signingKeys } = memoryStore()
  const state = {
    down: false,
    asked: [] as string[],
    error: new StoreUnavailableError('it is away') as Error,
    async read(times: number) {
      const before = state.asked.length
      await followed(() => state.asked.slice(before).filter((name) => name === 'list').length >= times)
      for (let turns = 0; turns < 10; turns++) await setImmediate()
    }
  }
  const through =
    <Arguments extends unknown[], Answer>(name: string, method: (...args: Arguments) => Promise<Answer>) =>
    async (...args: Arguments): Promise<Answer> => {
      state.asked.push(name)
      if (state.down) throw state.error
      return method(...args)
    }
  return Object.assign(state, {
    signingKeys: {
      list: through('list', signingKeys.list),
      add: through('add', signingKeys.add),
      removeExpired: through('removeExpired', signingKeys.removeExpired)
    }
  })
}
