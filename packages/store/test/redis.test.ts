import t from 'tap'
import { rejectsLike, throwsLike } from '@latchkey/exact'
import { createClient, createCluster, createSentinel, RESP_TYPES } from 'redis'
import { type RedisStoreOptions, redisStore } from '@latchkey/store/redis'
import { testEveryContract } from './fixtures/every-contract.ts'
import { clear } from '@latchkey/exact/servers'
import { refreshToken } from './fixtures/expiring.ts'
import { ioredis, noRedis, ownName } from './fixtures/servers.ts'

for (const [name, options, message] of [
  [
    'nothing',
    {},
    'redisStore(): client must be a client or cluster of ioredis, or a client of redis without cluster and Sentinel; got undefined'
  ],
  [
    'a connection string as the client',
    { client: 'redis://' },
    'redisStore(): client must be a client or cluster of ioredis, or a client of redis without cluster and Sentinel; got a string'
  ],
  [
    'a cluster of redis',
    { client: createCluster({ rootNodes: [{}] }) },
    'redisStore(): client must be a client or cluster of ioredis, or a client of redis without cluster and Sentinel; got an object'
  ],
  [
    'a Sentinel of redis',
    { client: createSentinel({ name: 'a', sentinelRootNodes: [{ host: 'b', port: 1 }] }) },
    'redisStore(): client must be a client or cluster of ioredis, or a client of redis without cluster and Sentinel; got an object'
  ],
  [
    'an unknown option',
    { url: 'redis://' },
    'redisStore(): url does not exist. Fix: use one of client, prefix, timeout'
  ],
  [
    'no prefix',
    { client: ioredis({ lazyConnect: true }), prefix: '' },
    'redisStore(): prefix must be the beginning of a key; got an empty string'
  ],
  [
    'a timeout of 0',
    { client: ioredis({ lazyConnect: true }), timeout: 0 },
    'redisStore(): timeout must be a whole number of milliseconds from 1; got a number'
  ]
] as const) {
  t.test(`refuses ${name} (SEC-153)`, async (t) => {
    // The types forbid most of these options; JavaScript callers may pass them.
    throwsLike(t, () => redisStore(options as unknown as RedisStoreOptions), { name: 'RegistrationError', message })
  })
}

if (noRedis !== false) {
  t.pass('skipped', { skip: noRedis })
} else {
  const prefix = `${ownName}:`
  const plain = ioredis()
  const client = ioredis({ keyPrefix: prefix, stringNumbers: true })
  const store = redisStore({ client, prefix: 'i:' })
  const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.NUMBER]: String }
  const other = createClient({ url: 'redis://127.0.0.1:6379', commandOptions: { typeMapping } })
  await other.connect()
  const otherStore = redisStore({ client: other, prefix: `${prefix}n:` })
  t.teardown(async () => {
    await clear(plain, prefix)
    await store.close()
    await otherStore.close()
    client.disconnect()
    plain.disconnect()
    other.destroy()
  })

  testEveryContract(() => store)
  testEveryContract(() => otherStore)

  t.test('uses the clock of Redis, and has no tables to check (K16)', async (t) => {
    const own = redisStore({ client: plain, prefix: `${prefix}clock:` })
    await own.check()
    await own.clock.read()
    const [seconds] = await plain.time()
    t.ok(Math.abs(own.clock.now() / 1_000 - Number(seconds)) < 5)
  })

  t.test('Redis deletes expiring keys a minute after their expiry (FAULT-33)', async (t) => {
    const soon = Math.floor(Date.now() / 1_000) + 100
    const own = redisStore({ client: plain, prefix: `${prefix}ttl:` })
    const token = refreshToken('a', soon)
    await own.refreshTokens.start(token)
    await own.refreshTokens.rotate({ hash: 'a', sealedSuccessor: '', successor: { ...token, hash: 'b' } })
    const upstream = { issuer: 'i', sid: 's' }
    const session = { id: 'i', subject: 's', createdAt: 0, lastSeenAt: 0, expiresAt: soon, label: null, upstream }
    await own.sessions.create(session)
    await own.dpopReplay.remember('k', soon)
    await own.records.create({ kind: 'k', id: 'i', owner: 's', content: '', expiresAt: soon })
    await own.throttle.reserve([{ key: 'k' }], { window: 100, now: 1 })
    const keys = await plain.keys(`${prefix}ttl:*`)
    t.equal(keys.length, 13)
    for (const key of keys) {
      const left = await plain.ttl(key)
      t.ok(left > 100 && left <= 160, `${key} has ${left} s`)
    }
  })

  t.test('a record that Redis deleted is not its former owner’s when another one is created (FAULT-33)', async (t) => {
    const { records } = redisStore({ client: plain, prefix: `${prefix}owners:` })
    const record = { kind: 'k', id: 'i', content: '', expiresAt: 4_102_444_800 }
    await records.create({ ...record, owner: 'alice' })
    await plain.del(`${prefix}owners:record:["k","i"]`)
    t.same(await records.list('k', 'alice'), [])
    t.equal(await records.create({ ...record, owner: 'bob' }), true)
    t.same(await records.list('k', 'alice'), [])
    await records.removeOwned('k', 'alice')
    t.equal((await records.find(record))?.owner, 'bob')
  })

  t.test('a family whose tokens Redis deleted is not listed', async (t) => {
    const { refreshTokens } = redisStore({ client: plain, prefix: `${prefix}families:` })
    for (const id of ['a', 'b', 'c']) await refreshTokens.start(refreshToken(id, 4_102_444_800))
    await plain.del(`${prefix}families:refresh-token:a`, `${prefix}families:refresh-family:b`)
    t.same(await refreshTokens.families('s'), [{ familyId: 'c', clientId: 'c' }])
  })

  t.test('deletes expired revocations during use, and does not repeat a position (FAULT-18, FAULT-33)', async (t) => {
    const { revocations } = redisStore({ client: plain, prefix: `${prefix}feed:` })
    const revoke = (id: string, expiresAt: number) => revocations.revoke({ kind: 'token', id, revokedAt: 1, expiresAt })
    await revoke('expired', 1_000)
    await revoke('live', 4_102_444_800)
    const { revocations: kept, cursor } = await revocations.since(null)
    t.same(
      kept.map(({ id }) => id),
      ['live']
    )
    await plain.del(await plain.keys(`${prefix}feed:*`))
    await revoke('after all was lost', 4_102_444_800)
    t.same(
      (await revocations.since(cursor)).revocations.map(({ id }) => id),
      ['after all was lost']
    )
  })

  t.test('refuses a text that Redis would change', async (t) => {
    await rejectsLike(t, async () => store.sessions.find('a\ud800b'), {
      name: 'TypeError',
      message: /unpaired surrogates/
    })
  })
}
