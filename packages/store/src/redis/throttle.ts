import type { ThrottleStore, ThrottleWindow } from '../throttle.ts'
import type { RedisConnection } from './connection.ts'
import { forgottenAt } from './expiry.ts'

const HIT = `
local now, latest = tonumber(ARGV[1]), tonumber(ARGV[2])
local window = redis.call('HMGET', KEYS[1], 'hits', 'resets_at')
local hits, resets_at = tonumber(window[1] or 0), tonumber(window[2] or 0)
if resets_at <= now then hits, resets_at = 0, latest end
hits, resets_at = hits + 1, math.min(resets_at, latest)
redis.call('HSET', KEYS[1], 'hits', hits, 'resets_at', resets_at)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return { hits, resets_at }`

/** Counters in Redis, which go by themselves when their windows are over. */
export function redisThrottle({ key, send, run }: RedisConnection): ThrottleStore {
  return Object.freeze({
    async hit(name: string, { window, now }: ThrottleWindow) {
      const hit = await run(HIT, [key(`throttle:${name}`)], [now, now + window, forgottenAt(window)])
      const [count, resetsAt] = hit as [number, number]
      return { count, resetsAt }
    },

    async reset(name: string) {
      await send('DEL', key(`throttle:${name}`))
    }
  })
}
