import { CLOCK_TOLERANCE } from '../clock.ts'
import type { RefreshToken, RefreshTokenRotation, RefreshTokenStore, StoredRefreshToken } from '../refresh-tokens.ts'
import type { RedisConnection } from './connection.ts'

// A token is a hash. A family is a sorted set of the hashes of its tokens. A subject is a sorted set of the identifiers of its
// families. The score is the time at which the member may be removed.

const START = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local now = redis.call('TIME')[1]
redis.call('HSET', KEYS[1], 'token', ARGV[1])
redis.call('EXPIREAT', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
redis.call('EXPIREAT', KEYS[2], ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[4])
redis.call('EXPIREAT', KEYS[3], redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')[2])
return 1`

const ROTATE = `
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'used_at') == 1 then return 'used' end
if redis.call('EXISTS', KEYS[2]) == 1 then return 'taken' end
local now = redis.call('TIME')[1]
redis.call('HSET', KEYS[1], 'used_at', now, 'sealed_successor', ARGV[1])
redis.call('HSET', KEYS[2], 'token', ARGV[2])
redis.call('EXPIREAT', KEYS[2], ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[3])
redis.call('EXPIREAT', KEYS[3], ARGV[5])
return 'rotated'`

// Derive key names from KEYS[1]: ioredis may add a keyPrefix. The token of a family that expires last is there if any is.
const FAMILIES = `
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
local found = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local last = redis.call('ZRANGE', prefix .. 'refresh-family:' .. id, -1, -1)[1]
  local token = last and redis.call('HGET', prefix .. 'refresh-token:' .. last, 'token')
  if token then found[#found + 1] = token end
end
return found`

const REVOKE_FAMILY = `
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
for _, hash in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('DEL', prefix .. 'refresh-token:' .. hash) end
redis.call('DEL', KEYS[1])`

const REVOKE_SUBJECT = `
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local family = prefix .. 'refresh-family:' .. id
  for _, hash in ipairs(redis.call('ZRANGE', family, 0, -1)) do redis.call('DEL', prefix .. 'refresh-token:' .. hash) end
  redis.call('DEL', family)
end
redis.call('DEL', KEYS[1])`

/** Refresh tokens in Redis. Each change is one script. */
export function redisRefreshTokens({ key, send, run, changes }: RedisConnection): RefreshTokenStore {
  const tokenKey = (hash: string): string => key(`refresh-token:${hash}`)
  const familyKey = (id: string): string => key(`refresh-family:${id}`)
  const subjectKey = (subject: string): string => key(`refresh-subject:${subject}`)

  return Object.freeze({
    async start(token: RefreshToken) {
      const { hash, familyId, subject, expiresAt, familyExpiresAt } = token
      const started = await changes(
        START,
        [tokenKey(hash), familyKey(familyId), subjectKey(subject)],
        [JSON.stringify(token), hash, expiresAt + CLOCK_TOLERANCE, familyId, familyExpiresAt + CLOCK_TOLERANCE]
      )
      if (!started) throw new Error('A refresh token with this hash is stored already')
    },

    async find(hash: string) {
      // The cast holds because only the scripts write these fields.
      const [token, usedAt, sealedSuccessor] = (await send(
        'HMGET',
        tokenKey(hash),
        'token',
        'used_at',
        'sealed_successor'
      )) as [string | null, string | null, string | null]
      if (token === null) return null
      const stored: StoredRefreshToken = {
        ...(JSON.parse(token) as RefreshToken),
        usedAt: usedAt === null ? null : Number(usedAt),
        sealedSuccessor
      }
      return stored
    },

    async rotate({ hash, sealedSuccessor, successor }: RefreshTokenRotation) {
      const { familyId, expiresAt, familyExpiresAt } = successor
      const outcome = await run(
        ROTATE,
        [tokenKey(hash), tokenKey(successor.hash), familyKey(familyId)],
        [
          sealedSuccessor,
          JSON.stringify(successor),
          successor.hash,
          expiresAt + CLOCK_TOLERANCE,
          familyExpiresAt + CLOCK_TOLERANCE
        ]
      )
      if (outcome === 'taken') throw new Error('A refresh token with the hash of the successor is stored already')
      return outcome === 'rotated'
    },

    async families(subject: string) {
      const tokens = (await run(FAMILIES, [subjectKey(subject)], [`refresh-subject:${subject}`])) as string[]
      return tokens.map((token) => {
        const { familyId, clientId } = JSON.parse(token) as RefreshToken
        return { familyId, clientId }
      })
    },

    async revokeFamily(familyId: string) {
      await run(REVOKE_FAMILY, [familyKey(familyId)], [`refresh-family:${familyId}`])
    },

    async revokeSubject(subject: string) {
      await run(REVOKE_SUBJECT, [subjectKey(subject)], [`refresh-subject:${subject}`])
    }
  })
}
