import type { RedisClient } from './connection.ts'

/** Where {@link redisStore} keeps everything. */
export interface RedisStoreOptions {
  /**
   * A client of `ioredis`, or a connected one of `redis`. It stays the application's: the store listens to its `error`
   * event, so that a connection that breaks does not end the process, and does not disconnect it when it is closed.
   */
  client: RedisClient
  /** What every key begins with. Default: `latchkey:`. For a cluster, put it in braces, so that all keys are in one slot. */
  prefix?: string
  /** How long to wait for an answer, in milliseconds. Default: 5000. */
  timeout?: number
}

const NAMES: readonly string[] = ['client', 'prefix', 'timeout']

/** The options with their defaults. */
export function checkRedisOptions(options: RedisStoreOptions): Required<RedisStoreOptions> {
  for (const name of Object.keys(options)) {
    if (NAMES.includes(name)) continue
    throw new TypeError(`redisStore: option "${name}" does not exist: the options are ${NAMES.join(', ')}`)
  }
  // A JavaScript caller may give anything.
  const {
    client,
    prefix = 'latchkey:',
    timeout = 5_000
  }: { client?: unknown; prefix?: unknown; timeout?: unknown } = options
  if (!isClient(client)) throw new TypeError('redisStore: option "client" must be a client of ioredis or redis')
  if (typeof prefix !== 'string' || prefix === '') {
    throw new TypeError('redisStore: option "prefix" must be the beginning of a key')
  }
  if (typeof timeout !== 'number' || !Number.isInteger(timeout) || timeout < 1) {
    throw new TypeError('redisStore: option "timeout" must be a whole number of milliseconds from 1')
  }
  return { client, prefix, timeout }
}

function isClient(client: unknown): client is RedisClient {
  return typeof client === 'object' && client !== null && ('call' in client || 'sendCommand' in client)
}
