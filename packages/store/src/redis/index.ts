import type { Store } from '../store.ts'
import { redisAccounts } from './accounts.ts'
import { type IoredisClient, type NodeRedisClient, type RedisClient, redisConnection } from './connection.ts'
import { redisDpopReplay } from './dpop-replay.ts'
import { checkRedisOptions, type RedisStoreOptions } from './options.ts'
import { redisRefreshTokens } from './refresh-tokens.ts'
import { redisRevocations } from './revocations.ts'
import { redisSessions } from './sessions.ts'
import { redisSigningKeys } from './signing-keys.ts'
import { redisThrottle } from './throttle.ts'
import { redisUpstreamTokens } from './upstream-tokens.ts'

export type { IoredisClient, NodeRedisClient, RedisClient, RedisStoreOptions }

/**
 * A store in Redis 6.2 or later, for any number of machines. What does not answer within `timeout` rejects with
 * {@link StoreUnavailableError}. What has expired goes by itself. Does not make Redis durable: one that loses its last
 * writes forgets revocations, and one that evicts keys forgets anything.
 *
 * @throws TypeError when an option is missing, unknown or ill-typed
 */
export function redisStore(options: RedisStoreOptions): Store {
  const { client, prefix, timeout } = checkRedisOptions(options)
  const connection = redisConnection(client, prefix, timeout)
  return Object.freeze({
    accounts: redisAccounts(connection),
    dpopReplay: redisDpopReplay(connection),
    refreshTokens: redisRefreshTokens(connection),
    revocations: redisRevocations(connection),
    sessions: redisSessions(connection),
    signingKeys: redisSigningKeys(connection),
    throttle: redisThrottle(connection),
    upstreamTokens: redisUpstreamTokens(connection),
    close: async () => connection.close()
  })
}
