import { checkOptions, integer, isObject, isText, members, must, optional } from '@latchkey/options'
import type { RedisClient } from './connection.ts'

/** The options of {@link redisStore}. */
export interface RedisStoreOptions {
  /**
   * A client or cluster of `ioredis`, or a connected client of `redis`, neither `createCluster()` nor `createSentinel()`. The
   * application owns it: closing the store does not disconnect it.
   * The store listens to its `error` event, so that a broken connection does not end the process.
   */
  client: RedisClient
  /** The beginning of every key. Default: `latchkey:`. For a cluster, put it in braces, so that all keys are in one slot. */
  prefix?: string
  /** How long to wait for an answer, in milliseconds. Default: 5000. */
  timeout?: number
}

const schema = members({
  client: must('be a client or cluster of ioredis, or a client of redis without cluster and Sentinel', isClient),
  prefix: optional(must('be the beginning of a key', isText), 'latchkey:'),
  timeout: optional(integer(1, Number.POSITIVE_INFINITY, 'milliseconds'), 5_000)
})

/**
 * Checks the options and adds the defaults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: RedisStoreOptions): Required<RedisStoreOptions> {
  return checkOptions('redisStore()', schema, given)
}

function isClient(value: unknown): value is RedisClient {
  if (!isObject(value)) return false
  // The methods of a cluster and of a Sentinel of redis have other parameters before the arguments.
  return 'call' in value || (typeof value['sendCommand'] === 'function' && value['sendCommand'].length < 3)
}
