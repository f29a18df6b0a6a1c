import { CLOCK_TOLERANCE } from '../clock.ts'
import { FARTHEST_AHEAD, PAGE_SIZE, positionOf, type Revocation, type RevocationStore } from '../revocations.ts'
import type { RedisConnection } from './connection.ts'

// The feed and the expiry are sorted sets of "kind id"; the times are in a hash. A position is the clock's time, if that is
// later than the last position. So a replica that takes over without the last writes does not repeat their positions.
const REVOKE = `
local time = redis.call('TIME')
local expired = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', time[1], 'LIMIT', 0, 1000)
for _, member in ipairs(expired) do
  redis.call('ZREM', KEYS[1], member)
  redis.call('ZREM', KEYS[2], member)
  redis.call('HDEL', KEYS[3], member)
end
local last = tonumber(redis.call('GET', KEYS[4]) or '0')
local position = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
local revoked_at = math.min(tonumber(ARGV[2]), time[1] + ${FARTHEST_AHEAD})
local expires_at, forgotten_at = tonumber(ARGV[3]), tonumber(ARGV[4])
local before = redis.call('HGET', KEYS[3], ARGV[1])
if before then
  local times = cjson.decode(before)
  revoked_at = math.max(revoked_at, times[1])
  expires_at = math.max(expires_at, times[2])
  forgotten_at = math.max(forgotten_at, tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1])))
end
redis.call('SET', KEYS[4], position)
redis.call('ZADD', KEYS[1], position, ARGV[1])
redis.call('ZADD', KEYS[2], forgotten_at, ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], string.format('[%.0f,%.0f]', revoked_at, expires_at))`

const SINCE = `
local found = {}
local cursor = ARGV[1]
local feed = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. cursor, '+inf', 'WITHSCORES', 'LIMIT', 0, ${PAGE_SIZE})
for i = 1, #feed, 2 do
  found[#found + 1] = feed[i]
  found[#found + 1] = redis.call('HGET', KEYS[2], feed[i])
  cursor = string.format('%.0f', feed[i + 1])
end
return { cursor, found }`

/** Revocations in Redis. Scripts run one at a time, so positions become visible in their order. */
export function redisRevocations({ key, run }: RedisConnection): RevocationStore {
  const [feed, expiry, times, last] = [
    key('revocations'),
    key('revocations-expiry'),
    key('revocations-times'),
    key('revocations-last')
  ]

  return Object.freeze({
    async revoke({ kind, id, revokedAt, expiresAt }: Revocation) {
      await run(
        REVOKE,
        [feed, expiry, times, last],
        [`${kind} ${id}`, revokedAt, expiresAt, expiresAt + CLOCK_TOLERANCE]
      )
    },

    async since(cursor: string | null) {
      // The script returns members and their times alternately.
      const [next, found] = (await run(SINCE, [feed, times], [positionOf(cursor)])) as [string, string[]]
      const revocations: Revocation[] = []
      for (let i = 0; i < found.length; i += 2) {
        const [member, both] = found.slice(i, i + 2) as [string, string]
        const space = member.indexOf(' ')
        const [revokedAt, expiresAt] = JSON.parse(both) as [number, number]
        const kind = member.slice(0, space) as Revocation['kind']
        revocations.push({ kind, id: member.slice(space + 1), revokedAt, expiresAt })
      }
      return { revocations, more: revocations.length === PAGE_SIZE, cursor: next }
    }
  })
}
