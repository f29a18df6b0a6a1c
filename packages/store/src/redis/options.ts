import type { RedisClient } from './connection.ts'

/** The options of {@link redisStore}. */
export interface RedisStoreOptions {
  /**
   * A client of `ioredis`, or a connected client of `redis`. The application owns it: closing the store does not disconnect it.
   * The store listens to its `error` event, so that a broken connection does not end the process.
   */
  client: RedisClient
  /** The beginning of every key. Default: `latchkey:`. For a cluster, put it in braces, so that all keys are in one slot. */
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
  // JavaScript callers may pass any value.
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
