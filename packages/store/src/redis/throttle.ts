import { CLOCK_TOLERANCE } from '../clock.ts'
import type { ThrottleCount, ThrottleHold, ThrottleLimit, ThrottleStore, ThrottleWindow } from '../throttle.ts'
import type { RedisConnection } from './connection.ts'

// For each limit: the most hits, the tight most, and the position and the hits of the other key. -1 means none.
const RESERVE = `
local now, latest = tonumber(ARGV[1]), tonumber(ARGV[2])
local hits, ends, stored = {}, {}, {}
for i, key in ipairs(KEYS) do
  local window = redis.call('HMGET', key, 'hits', 'resets_at')
  hits[i], stored[i] = tonumber(window[1] or 0), tonumber(window[2] or 0)
  if stored[i] <= now then hits[i], stored[i] = 0, latest end
  ends[i] = math.min(stored[i], latest)
end
local reserved = 1
for i in ipairs(KEYS) do
  local at = 4 * i
  local most, tight = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local other = tonumber(ARGV[at + 2])
  if tight >= 0 and hits[other] >= tonumber(ARGV[at + 3]) and (most < 0 or tight < most) then most = tight end
  if most >= 0 and hits[i] >= most then reserved = 0 end
end
local counts = { reserved }
for i, key in ipairs(KEYS) do
  hits[i] = hits[i] + reserved
  if reserved == 1 or (hits[i] > 0 and ends[i] < stored[i]) then
    redis.call('HSET', key, 'hits', hits[i], 'resets_at', ends[i])
    redis.call('EXPIRE', key, ARGV[3])
  end
  counts[2 * i], counts[2 * i + 1] = hits[i], ends[i]
end
return counts`

const RELEASE = `
for i, key in ipairs(KEYS) do
  local window = redis.call('HMGET', key, 'hits', 'resets_at')
  if window[1] and tonumber(window[2]) <= tonumber(ARGV[i]) then
    if tonumber(window[1]) > 1 then redis.call('HINCRBY', key, 'hits', -1) else redis.call('DEL', key) end
  end
end`

const NONE = -1

/** Counters in Redis, which removes them when their windows are over. */
export function redisThrottle({ key, send, run }: RedisConnection): ThrottleStore {
  const keyOf = (name: string): string => key(`throttle:${name}`)

  return Object.freeze({
    async reserve(limits: readonly ThrottleLimit[], { window, now }: ThrottleWindow) {
      const names = limits.map((limit) => keyOf(limit.key))
      const rooms = limits.flatMap((limit) => roomOf(limit, limits))
      const answer = await run(RESERVE, names, [now, now + window, window + CLOCK_TOLERANCE, ...rooms])
      const [reserved, ...numbers] = (answer as unknown[]).map(Number) // the script returns a list
      const counts = limits.map((_, index): ThrottleCount => {
        const [count = 0, resetsAt = 0] = numbers.slice(2 * index)
        return { count, resetsAt }
      })
      return { reserved: reserved === 1, counts }
    },

    async release(holds: readonly ThrottleHold[]) {
      await run(
        RELEASE,
        holds.map((hold) => keyOf(hold.key)),
        holds.map(({ resetsAt }) => resetsAt)
      )
    },

    async read(name: string, { window, now }: ThrottleWindow) {
      // The cast holds because only the scripts write these fields.
      const [hits, end] = (await send('HMGET', keyOf(name), 'hits', 'resets_at')) as [string | null, string | null]
      return hits === null || Number(end) <= now
        ? null
        : { count: Number(hits), resetsAt: Math.min(Number(end), now + window) }
    },

    async reset(name: string) {
      await send('DEL', keyOf(name))
    }
  })
}

function roomOf({ most = NONE, tight }: ThrottleLimit, limits: readonly ThrottleLimit[]): number[] {
  if (tight === undefined) return [most, NONE, NONE, NONE]
  return [most, tight.most, limits.findIndex(({ key }) => key === tight.key) + 1, tight.hits]
}
