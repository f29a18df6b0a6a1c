import type { SigningKeyStore, StoredSigningKey } from '../signing-keys.ts'
import type { RedisConnection } from './connection.ts'

// The ring is a hash from `kid` to JSON. The generation is a separate key.
const LIST = `return { redis.call('GET', KEYS[1]) or '0', redis.call('HVALS', KEYS[2]) }`

const ADD = `
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return 'outdated' end
if redis.call('HSETNX', KEYS[2], ARGV[2], ARGV[3]) == 0 then return 'taken' end
redis.call('INCR', KEYS[1])
return 'added'`

const REMOVE_EXPIRED = `
local ring = redis.call('HGETALL', KEYS[1])
for i = 1, #ring, 2 do
  if cjson.decode(ring[i + 1]).expiresAt <= tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], ring[i]) end
end`

interface Entry extends StoredSigningKey {
  readonly generation: number
}

/** The ring of signing keys in Redis. */
export function redisSigningKeys({ key, run }: RedisConnection): SigningKeyStore {
  const [generationKey, ring] = [key('signing-keys-generation'), key('signing-keys')]

  return Object.freeze({
    async list() {
      const [generation, texts] = (await run(LIST, [generationKey, ring], [])) as [string, string[]]
      const entries = texts.map((text) => JSON.parse(text) as Entry)
      entries.sort((a, b) => a.generation - b.generation)
      const keys = entries.map(({ generation: _, ...stored }): StoredSigningKey => stored)
      return { generation: Number(generation), keys }
    },

    async add({ kid, key, activeFrom, expiresAt }: StoredSigningKey, generation: number) {
      const entry: Entry = { generation: generation + 1, kid, key, activeFrom, expiresAt }
      const outcome = await run(ADD, [generationKey, ring], [generation, kid, JSON.stringify(entry)])
      if (outcome === 'taken') throw new Error('A key with this "kid" is in the ring already')
      return outcome === 'added'
    },

    async removeExpired(time: number) {
      await run(REMOVE_EXPIRED, [ring], [time])
    }
  })
}
