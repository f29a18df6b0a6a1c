import { randomUUID } from 'node:crypto'
import type { UpstreamTokenOwner, UpstreamTokenStore } from '../upstream-tokens.ts'
import type { RedisConnection } from './connection.ts'

// An account is a set of the names of its tokens.

const PUT = `
redis.call('HSET', KEYS[1], 'sealed', ARGV[2], 'version', ARGV[3])
redis.call('SADD', KEYS[2], ARGV[1])`

const REMOVE = `
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])`

// Derive key names from KEYS[1]: ioredis may add a keyPrefix.
const REMOVE_ALL = `
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
for _, name in ipairs(redis.call('SMEMBERS', KEYS[1])) do redis.call('DEL', prefix .. name) end
redis.call('DEL', KEYS[1])`

const REPLACE = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'sealed', ARGV[2], 'version', ARGV[3])
return 1`

/** Encrypted tokens of providers in Redis, a hash each. */
export function redisUpstreamTokens({ key, send, run, changes }: RedisConnection): UpstreamTokenStore {
  const keyOf = (owner: UpstreamTokenOwner): string => key(nameOf(owner))
  const keysOf = (owner: UpstreamTokenOwner): string[] => [keyOf(owner), key(accountName(owner.accountId))]

  return Object.freeze({
    async find(owner: UpstreamTokenOwner) {
      // The cast holds because only PUT and REPLACE write these fields.
      const [sealed, version] = (await send('HMGET', keyOf(owner), 'sealed', 'version')) as
        | [string, string]
        | [null, null]
      return sealed === null ? null : { sealed, version }
    },

    async put(owner: UpstreamTokenOwner, sealed: string) {
      await run(PUT, keysOf(owner), [nameOf(owner), sealed, randomUUID()])
    },

    async replace(owner: UpstreamTokenOwner, sealed: string, version: string) {
      return changes(REPLACE, [keyOf(owner)], [version, sealed, randomUUID()])
    },

    async remove(owner: UpstreamTokenOwner) {
      await run(REMOVE, keysOf(owner), [nameOf(owner)])
    },

    async removeAll(accountId: string) {
      const name = accountName(accountId)
      await run(REMOVE_ALL, [key(name)], [name])
    }
  })
}

function nameOf({ accountId, provider }: UpstreamTokenOwner): string {
  return `upstream-token:${JSON.stringify([accountId, provider])}`
}

function accountName(accountId: string): string {
  return `upstream-tokens-of:${accountId}`
}
