import { databaseClock } from '../database-clock.ts'
import { storableOnly } from '../storable.ts'
import type { Store } from '../store.ts'
import { redisAccounts } from './accounts.ts'
import {
  type IoredisClient,
  type NodeRedisClient,
  type RedisClient,
  type RedisConnection,
  redisConnection
} from './connection.ts'
import { redisDpopReplay } from './dpop-replay.ts'
import { type RedisStoreOptions, resolveOptions } from './options.ts'
import { redisRecords } from './records.ts'
import { redisRefreshTokens } from './refresh-tokens.ts'
import { redisRevocations } from './revocations.ts'
import { redisSessions } from './sessions.ts'
import { redisSigningKeys } from './signing-keys.ts'
import { redisThrottle } from './throttle.ts'
import { redisUpstreamTokens } from './upstream-tokens.ts'

export type { IoredisClient, NodeRedisClient, RedisClient, RedisStoreOptions }

/**
 * Makes a store in Redis 6.2 or later, for any number of machines. An operation without an answer within `timeout` rejects with
 * {@link StoreUnavailableError}. Redis removes expired entries. Does not make Redis durable: a server that loses its last
 * writes forgets revocations, and a server that evicts keys may forget any entry.
 *
 * @example
 * ```ts
 * const client = new Redis({ host: 'redis.example.com', enableOfflineQueue: false, maxRetriesPerRequest: 0 })
 * const store = redisStore({ client })
 * ```
 * @throws RegistrationError when an option is missing, unknown or ill-typed
 */
export function redisStore(options: RedisStoreOptions): Store {
  const { client, prefix, timeout } = resolveOptions(options)
  const connection = redisConnection(client, prefix, timeout)
  return Object.freeze({
    accounts: storableOnly(redisAccounts(connection)),
    dpopReplay: storableOnly(redisDpopReplay(connection)),
    records: storableOnly(redisRecords(connection)),
    refreshTokens: storableOnly(redisRefreshTokens(connection)),
    revocations: storableOnly(redisRevocations(connection)),
    sessions: storableOnly(redisSessions(connection)),
    signingKeys: storableOnly(redisSigningKeys(connection)),
    throttle: storableOnly(redisThrottle(connection)),
    upstreamTokens: storableOnly(redisUpstreamTokens(connection)),
    clock: databaseClock(() => timeOf(connection), Date.now),
    timeout,
    async check() {},
    close: async () => connection.close()
  })
}

async function timeOf({ send }: RedisConnection): Promise<number> {
  const [seconds, microseconds] = (await send('TIME')) as [string, string] // Redis has no other answer
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
}
