import { randomUUID } from 'node:crypto'
import { CLOCK_TOLERANCE } from '../clock.ts'
import type { NewRecord, RecordChange, RecordKey, RecordStore, StoredRecord } from '../records.ts'
import type { RedisConnection } from './connection.ts'

// A record is a hash. A kind, an owner of records of a kind, and an owner are sorted sets of the names of records. The score is
// the time at which the record may be removed. The name of a record that Redis has removed stays in the sets until a later
// change.

const INDEX = `
local function index(set, time)
  redis.call('ZREMRANGEBYSCORE', set, '-inf', redis.call('TIME')[1])
  redis.call('ZADD', set, time, ARGV[1])
  redis.call('EXPIREAT', set, redis.call('ZRANGE', set, -1, -1, 'WITHSCORES')[2])
end`

const CREATE = `${INDEX}
local now = tonumber(redis.call('TIME')[1])
local taken = redis.call('HGET', KEYS[1], 'expires_at')
if taken and tonumber(taken) > now then return 0 end
if ARGV[8] ~= '' and redis.call('ZCOUNT', KEYS[2], '(' .. now + ${CLOCK_TOLERANCE}, '+inf') >= tonumber(ARGV[8]) then
  return 0
end
redis.call('HSET', KEYS[1], 'record', ARGV[3], 'owned_by', ARGV[4], 'content', ARGV[5], 'version', ARGV[6],
  'expires_at', ARGV[7])
redis.call('EXPIREAT', KEYS[1], ARGV[2])
for i = 2, #KEYS do index(KEYS[i], ARGV[2]) end
return 1`

// Derive key names from KEYS[1]: ioredis may add a keyPrefix.
const REPLACE = `${INDEX}
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[3] then return 0 end
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
local owned_by = redis.call('HGET', KEYS[1], 'owned_by')
local owner = cjson.decode(redis.call('HGET', KEYS[1], 'record')).owner
redis.call('HSET', KEYS[1], 'content', ARGV[4], 'version', ARGV[5], 'expires_at', ARGV[6])
redis.call('EXPIREAT', KEYS[1], ARGV[2])
index(KEYS[2], ARGV[2])
if owned_by ~= '' then
  index(prefix .. owned_by, ARGV[2])
  index(prefix .. 'records-of:' .. owner, ARGV[2])
end
return 1`

const REMOVE = `
local owned_by = redis.call('HGET', KEYS[1], 'owned_by')
if not owned_by then return 0 end
local owner = cjson.decode(redis.call('HGET', KEYS[1], 'record')).owner
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
if owned_by ~= '' then
  redis.call('ZREM', prefix .. owned_by, ARGV[1])
  redis.call('ZREM', prefix .. 'records-of:' .. owner, ARGV[1])
end
return 1`

// A record of the set may belong to another owner by now: Redis removed it, and it was created again.
const LIST = `
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
local found = {}
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local record = redis.call('HMGET', prefix .. name, 'record', 'content', 'version', 'expires_at', 'owned_by')
  if record[5] == ARGV[1] then found[#found + 1] = record end
end
return found`

const REMOVE_OWNED = `
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if redis.call('HGET', prefix .. name, 'owned_by') == ARGV[1] then
    redis.call('DEL', prefix .. name)
    redis.call('ZREM', KEYS[2], name)
    redis.call('ZREM', KEYS[3], name)
  end
end
redis.call('DEL', KEYS[1])`

const REMOVE_ALL_OWNED = `
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local stored = redis.call('HMGET', prefix .. name, 'record', 'owned_by')
  local record = stored[1] and cjson.decode(stored[1])
  if record and record.owner == ARGV[2] then
    redis.call('DEL', prefix .. name)
    redis.call('ZREM', prefix .. 'record-kind:' .. record.kind, name)
    redis.call('ZREM', prefix .. stored[2], name)
  end
end
redis.call('DEL', KEYS[1])`

type Stored = [record: string, content: string, version: string, expiresAt: string]

/** Records in Redis. Each change is one script. */
export function redisRecords({ key, send, run, changes }: RedisConnection): RecordStore {
  return Object.freeze({
    async create({ kind, id, owner, content, expiresAt }: NewRecord, most?: number) {
      const name = recordName({ kind, id })
      const ownedBy = owner === null ? '' : ownerName(kind, owner)
      const owners = owner === null ? [] : [ownedBy, allName(owner)]
      return changes(CREATE, [name, kindName(kind), ...owners].map(key), [
        name,
        expiresAt + CLOCK_TOLERANCE,
        JSON.stringify({ kind, id, owner }),
        ownedBy,
        content,
        randomUUID(),
        expiresAt,
        most ?? ''
      ])
    },

    async find({ kind, id }: RecordKey) {
      // The cast holds because only the scripts write these fields.
      const stored = (await send(
        'HMGET',
        key(recordName({ kind, id })),
        'record',
        'content',
        'version',
        'expires_at'
      )) as Stored | [null]
      return stored[0] === null ? null : recordOf(stored)
    },

    async replace({ kind, id }: RecordKey, version: string, { content, expiresAt }: RecordChange) {
      const name = recordName({ kind, id })
      return changes(
        REPLACE,
        [key(name), key(kindName(kind))],
        [name, expiresAt + CLOCK_TOLERANCE, version, content, randomUUID(), expiresAt]
      )
    },

    async remove({ kind, id }: RecordKey) {
      const name = recordName({ kind, id })
      return changes(REMOVE, [key(name), key(kindName(kind))], [name])
    },

    async list(kind: string, owner: string) {
      const name = ownerName(kind, owner)
      return ((await run(LIST, [key(name)], [name])) as Stored[]).map(recordOf)
    },

    async removeOwned(kind: string, owner: string) {
      const name = ownerName(kind, owner)
      await run(REMOVE_OWNED, [name, kindName(kind), allName(owner)].map(key), [name])
    },

    async removeAllOwned(owner: string) {
      await run(REMOVE_ALL_OWNED, [key(allName(owner))], [allName(owner), owner])
    }
  })
}

function recordName({ kind, id }: RecordKey): string {
  return `record:${JSON.stringify([kind, id])}`
}

function kindName(kind: string): string {
  return `record-kind:${kind}`
}

function ownerName(kind: string, owner: string): string {
  return `record-owner:${JSON.stringify([kind, owner])}`
}

function allName(owner: string): string {
  return `records-of:${owner}`
}

function recordOf([record, content, version, expiresAt]: Stored): StoredRecord {
  return {
    ...(JSON.parse(record) as Pick<NewRecord, 'kind' | 'id' | 'owner'>),
    content,
    version,
    expiresAt: Number(expiresAt)
  }
}
