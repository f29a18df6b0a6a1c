import { CLOCK_TOLERANCE } from '../clock.ts'
import type { Session, SessionStore, UpstreamSession } from '../sessions.ts'
import type { RedisConnection } from './connection.ts'

// A session is a hash. A subject, and a session at a provider, are sorted sets of session identifiers. The score is the time at
// which the session may be removed. The identifier of an ended session stays in the set until then, and is ignored.

const CREATE = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'session', ARGV[1], 'last_seen_at', ARGV[2])
redis.call('EXPIREAT', KEYS[1], ARGV[4])
for i = 2, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', redis.call('TIME')[1])
  redis.call('ZADD', KEYS[i], ARGV[4], ARGV[3])
  redis.call('EXPIREAT', KEYS[i], redis.call('ZRANGE', KEYS[i], -1, -1, 'WITHSCORES')[2])
end
return 1`

const TOUCH = `
local last = redis.call('HGET', KEYS[1], 'last_seen_at')
if not last then return 0 end
if tonumber(last) < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'last_seen_at', ARGV[1]) end
return 1`

// Derive key names from KEYS[1]: ioredis may add a keyPrefix.
const LIST = `
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
local found = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local session = redis.call('HMGET', prefix .. 'session:' .. id, 'session', 'last_seen_at')
  if session[1] then found[#found + 1] = session end
end
return found`

const END_ALL = `
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('DEL', prefix .. 'session:' .. id) end
redis.call('DEL', KEYS[1])`

type Stored = [session: string, lastSeenAt: string]

/** Sessions in Redis. Each change is one script. */
export function redisSessions({ key, send, run, changes }: RedisConnection): SessionStore {
  return Object.freeze({
    async create({ id, subject, createdAt, lastSeenAt, expiresAt, label, upstream }: Session) {
      const indexes = [subjectName(subject), ...(upstream === null ? [] : [upstreamName(upstream)])]
      const created = await changes(CREATE, [`session:${id}`, ...indexes].map(key), [
        JSON.stringify({ id, subject, createdAt, lastSeenAt, expiresAt, label, upstream }),
        lastSeenAt,
        id,
        expiresAt + CLOCK_TOLERANCE
      ])
      if (!created) throw new Error('A session with this identifier is stored already')
    },

    async find(id: string) {
      // The cast holds because only create() and touch() write these fields.
      const stored = (await send('HMGET', key(`session:${id}`), 'session', 'last_seen_at')) as Stored | [null, null]
      return stored[0] === null ? null : sessionOf(stored)
    },

    async touch(id: string, lastSeenAt: number) {
      return changes(TOUCH, [key(`session:${id}`)], [lastSeenAt])
    },

    async list(subject: string) {
      const name = subjectName(subject)
      const found = (await run(LIST, [key(name)], [name])) as Stored[]
      return found.map(sessionOf).sort((a, b) => a.createdAt - b.createdAt)
    },

    async end(id: string) {
      await send('DEL', key(`session:${id}`))
    },

    endSubject: (subject: string) => endAll(subjectName(subject)),
    endUpstream: (upstream: UpstreamSession) => endAll(upstreamName(upstream))
  })

  async function endAll(name: string): Promise<void> {
    await run(END_ALL, [key(name)], [name])
  }
}

function subjectName(subject: string): string {
  return `session-subject:${subject}`
}

function upstreamName({ issuer, sid }: UpstreamSession): string {
  return `session-upstream:${JSON.stringify([issuer, sid])}`
}

function sessionOf([session, lastSeenAt]: Stored): Session {
  return { ...(JSON.parse(session) as Session), lastSeenAt: Number(lastSeenAt) }
}
