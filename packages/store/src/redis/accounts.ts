import type { Account, AccountStore, Identity, Profile } from '../accounts.ts'
import type { RedisConnection } from './connection.ts'

// An account is a hash; its fields are JSON, except the identifier. An identity is a key with the identifier of its account.
// The identities of an account are a set of JSON texts.

// Derive key names from KEYS[1]: ioredis may add a keyPrefix.
const FIND_OR_CREATE = `
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
local owner = redis.call('GET', KEYS[1])
if not owner then
  if redis.call('EXISTS', KEYS[2]) == 1 then return 'taken' end
  redis.call('SET', KEYS[1], ARGV[2])
  redis.call('SADD', KEYS[3], ARGV[3])
  redis.call('HSET', KEYS[2], 'id', ARGV[2], 'profile', ARGV[4], 'permissions', ARGV[5], 'disabled', ARGV[6],
    'created_at', ARGV[7])
end
local account = prefix .. 'account:' .. (owner or ARGV[2])
return { owner and 0 or 1, redis.call('HMGET', account, 'id', 'profile', 'permissions', 'disabled', 'created_at') }`

const FIND_BY_IDENTITY = `
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
local owner = redis.call('GET', KEYS[1])
if not owner then return false end
return redis.call('HMGET', prefix .. 'account:' .. owner, 'id', 'profile', 'permissions', 'disabled', 'created_at')`

const LINK = `
if redis.call('EXISTS', KEYS[2]) == 0 then return 'missing' end
redis.call('SETNX', KEYS[1], ARGV[1])
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'taken' end
redis.call('SADD', KEYS[3], ARGV[2])
return 'linked'`

const UNLINK = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[2])
return 1`

const CHANGE = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1`

// A hash is JSON: an empty text stands for no hash.
const SET_PASSWORD_HASH = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[2] and (redis.call('HGET', KEYS[1], 'password_hash') or '') ~= ARGV[2] then return 0 end
if ARGV[1] == '' then redis.call('HDEL', KEYS[1], 'password_hash')
else redis.call('HSET', KEYS[1], 'password_hash', ARGV[1]) end
return 1`

const REMOVE = `
local prefix = string.sub(KEYS[1], 1, -1 - string.len(ARGV[1]))
for _, identity in ipairs(redis.call('SMEMBERS', KEYS[2])) do redis.call('DEL', prefix .. 'identity:' .. identity) end
redis.call('DEL', KEYS[2])
return redis.call('DEL', KEYS[1])`

type Stored = [id: string, profile: string, permissions: string, disabled: string, createdAt: string]

/** Accounts in Redis. Each change is one script. */
export function redisAccounts({ key, send, run, changes }: RedisConnection): AccountStore {
  const accountKey = (id: string): string => key(`account:${id}`)
  const identitiesKey = (id: string): string => key(`account-identities:${id}`)

  return Object.freeze({
    async findOrCreate(identity: Identity, { id, profile, permissions, disabled, createdAt }: Account) {
      const name = identityName(identity)
      const found = await run(
        FIND_OR_CREATE,
        [key(name), accountKey(id), identitiesKey(id)],
        [name, id, textOf(identity), profileText(profile), permissionsText(permissions), String(disabled), createdAt]
      )
      if (found === 'taken') throw new Error('An account with this identifier is stored already')
      const [created, stored] = found as [unknown, Stored]
      return { account: accountOf(stored), created: Number(created) === 1 }
    },

    async find(id: string) {
      // The cast holds because only the scripts write these fields.
      const stored = (await send('HMGET', accountKey(id), 'id', 'profile', 'permissions', 'disabled', 'created_at')) as
        | Stored
        | [null]
      return stored[0] === null ? null : accountOf(stored)
    },

    async findByIdentity(identity: Identity) {
      const name = identityName(identity)
      const stored = (await run(FIND_BY_IDENTITY, [key(name)], [name])) as Stored | null
      return stored === null ? null : accountOf(stored)
    },

    async identities(id: string) {
      const texts = (await send('SMEMBERS', identitiesKey(id))) as string[]
      return texts.map((text) => {
        const [provider, subject] = JSON.parse(text) as [string, string]
        return { provider, subject }
      })
    },

    async link(id: string, identity: Identity) {
      const keys = [key(identityName(identity)), accountKey(id), identitiesKey(id)]
      return (await run(LINK, keys, [id, textOf(identity)])) as 'linked' | 'taken' | 'missing'
    },

    async unlink(id: string, identity: Identity) {
      return changes(UNLINK, [key(identityName(identity)), identitiesKey(id)], [id, textOf(identity)])
    },

    setProfile: (id: string, profile: Profile) => change(id, 'profile', profileText(profile)),
    setPermissions: (id: string, permissions: readonly string[]) =>
      change(id, 'permissions', permissionsText(permissions)),
    setDisabled: (id: string, disabled: boolean) => change(id, 'disabled', String(disabled)),

    async findPasswordHash(id: string) {
      // The casts hold because only setPasswordHash() writes this field.
      const text = (await send('HGET', accountKey(id), 'password_hash')) as string | null
      return text === null ? null : (JSON.parse(text) as string)
    },

    async setPasswordHash(id: string, passwordHash: string | null, current?: string | null) {
      const expected = current === undefined ? [] : [textOfHash(current)]
      return changes(SET_PASSWORD_HASH, [accountKey(id)], [textOfHash(passwordHash), ...expected])
    },

    async remove(id: string) {
      return changes(REMOVE, [accountKey(id), identitiesKey(id)], [`account:${id}`])
    }
  })

  async function change(id: string, field: string, text: string): Promise<boolean> {
    return changes(CHANGE, [accountKey(id)], [field, text])
  }
}

function identityName(identity: Identity): string {
  return `identity:${textOf(identity)}`
}

function textOf({ provider, subject }: Identity): string {
  return JSON.stringify([provider, subject])
}

function textOfHash(hash: string | null): string {
  return hash === null ? '' : JSON.stringify(hash)
}

function profileText({ name, email, picture }: Profile): string {
  return JSON.stringify({ name, email, picture })
}

function permissionsText(permissions: readonly string[]): string {
  return JSON.stringify([...new Set(permissions)])
}

function accountOf([id, profile, permissions, disabled, createdAt]: Stored): Account {
  return {
    id,
    profile: JSON.parse(profile) as Profile,
    permissions: JSON.parse(permissions) as string[],
    disabled: disabled === 'true',
    createdAt: Number(createdAt)
  }
}
