import { randomUUID } from 'node:crypto'
import type { UpstreamTokenOwner, UpstreamTokenStore } from '../upstream-tokens.ts'
import type { RedisConnection } from './connection.ts'

const REPLACE = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'sealed', ARGV[2], 'version', ARGV[3])
return 1`

/** Encrypted tokens of providers in Redis, a hash each. */
export function redisUpstreamTokens({ key, send, run }: RedisConnection): UpstreamTokenStore {
  const keyOf = ({ accountId, provider }: UpstreamTokenOwner): string =>
    key(`upstream-token:${JSON.stringify([accountId, provider])}`)

  return Object.freeze({
    async find(owner: UpstreamTokenOwner) {
      // The cast holds because only put() and replace() write these fields.
      const [sealed, version] = (await send('HMGET', keyOf(owner), 'sealed', 'version')) as
        | [string, string]
        | [null, null]
      return sealed === null ? null : { sealed, version }
    },

    async put(owner: UpstreamTokenOwner, sealed: string) {
      await send('HSET', keyOf(owner), 'sealed', sealed, 'version', randomUUID())
    },

    async replace(owner: UpstreamTokenOwner, sealed: string, version: string) {
      return (await run(REPLACE, [keyOf(owner)], [version, sealed, randomUUID()])) === 1
    },

    async remove(owner: UpstreamTokenOwner) {
      await send('DEL', keyOf(owner))
    }
  })
}
