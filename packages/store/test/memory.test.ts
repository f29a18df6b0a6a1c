import t from 'tap'
import { rejectsLike, throwsLike } from '@latchkey/exact'
import {
  type Account,
  type Identity,
  type RefreshToken,
  type Revocation,
  type StoredSigningKey,
  StoreFullError
} from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { testEveryContract } from './fixtures/every-contract.ts'

testEveryContract(() => memoryStore())

t.test('has no tables to check, and uses the clock of the process', async (t) => {
  const store = memoryStore({ now: () => 1_000 })
  await store.check()
  await store.clock.read()
  t.equal(store.clock.now(), 1_000)
})

t.test('a repeatedly revoked subject is one entry of the feed (FAULT-33)', async (t) => {
  const { revocations } = memoryStore({ now: () => 0 })
  const revocation: Revocation = { kind: 'subject', id: 'ann', revokedAt: 1, expiresAt: 9_000 }
  await revocations.revoke({ ...revocation, id: 'bob' })
  const { cursor } = await revocations.since(null)
  for (let revokedAt = 1; revokedAt <= 1_500; revokedAt++) await revocations.revoke({ ...revocation, revokedAt })
  const latest = { ...revocation, revokedAt: 60 }
  t.same((await revocations.since(cursor)).revocations, [latest])
  t.same((await revocations.since(null)).revocations, [{ ...revocation, id: 'bob' }, latest])
})

const token = (hash: string, differences: Partial<RefreshToken> = {}): RefreshToken => ({
  hash,
  familyId: `family of ${hash}`,
  clientId: 'first-party',
  subject: 'alice',
  scopes: [],
  resources: [],
  authenticatedAt: 0,
  expiresAt: 1_000,
  familyExpiresAt: 2_000,
  ...differences
})

t.test('keeps maxEntries tokens, and deletes the oldest (FAULT-33)', async (t) => {
  const { refreshTokens } = memoryStore({ maxEntries: 3, now: () => 0 })
  for (const hash of ['a', 'b', 'c', 'd']) await refreshTokens.start(token(hash))
  t.equal(await refreshTokens.find('a'), null)
  t.not(await refreshTokens.find('b'), null)
  t.equal(
    await refreshTokens.rotate({ hash: 'b', sealedSuccessor: 'sealed', successor: token('e') }),
    true,
    'the oldest token is the rotated one'
  )
  t.equal(await refreshTokens.find('b'), null)
  t.not(await refreshTokens.find('e'), null)
})

t.test('deletes expired tokens, used ones too, at most once a minute of use (FAULT-33)', async (t) => {
  let seconds = 0
  const { refreshTokens } = memoryStore({ now: () => seconds * 1_000 })
  await refreshTokens.start(token('used'))
  await refreshTokens.rotate({
    hash: 'used',
    sealedSuccessor: '',
    successor: token('b', { expiresAt: 1_020 })
  })
  seconds = 999
  await refreshTokens.start(token('c', { expiresAt: 5_000 }))
  t.not(await refreshTokens.find('used'), null)
  seconds = 1_058
  await refreshTokens.start(token('d', { expiresAt: 5_000 }))
  t.not(await refreshTokens.find('used'), null, 'a minute has not passed')
  seconds = 1_059
  await refreshTokens.start(token('e', { expiresAt: 5_000 }))
  t.equal(await refreshTokens.find('used'), null)
  t.equal(await refreshTokens.find('b'), null)
  t.not(await refreshTokens.find('c'), null)
})

const revocation = (id: string, expiresAt: number): Revocation => ({ kind: 'token', id, revokedAt: 0, expiresAt })

t.test('refuses a revocation when it is full of unexpired ones, and deletes none (FAULT-33)', async (t) => {
  let seconds = 0
  const { revocations } = memoryStore({ maxEntries: 2, now: () => seconds * 1_000 })
  const kept = async () => (await revocations.since(null)).revocations.map(({ id }) => id)
  await revocations.revoke(revocation('a', 30))
  await revocations.revoke(revocation('b', 40))
  await rejectsLike(t, revocations.revoke(revocation('c', 50)), {
    name: 'StoreFullError',
    statusCode: 503,
    retryAfter: 60
  })
  await revocations.revoke(revocation('a', 35))
  t.same(await kept(), ['b', 'a'], 'a repeated revocation needs no room')
  seconds = 34
  await t.rejects(revocations.revoke(revocation('c', 50)), StoreFullError)
  seconds = 35
  await revocations.revoke(revocation('c', 90))
  t.same(await kept(), ['b', 'c'], 'an expired revocation makes room before the next sweep')
  seconds = 60
  await revocations.revoke(revocation('d', 90))
  t.same(await kept(), ['c', 'd'])
})

t.test('refuses a signing key when the ring is full (FAULT-33)', async (t) => {
  const { signingKeys } = memoryStore({ maxEntries: 1 })
  const key = (kid: string): StoredSigningKey => ({ kid, key: '{}', activeFrom: 0, expiresAt: 10 })
  await signingKeys.add(key('a'), 0)
  await t.rejects(signingKeys.add(key('b'), 1), StoreFullError)
  t.equal((await signingKeys.list()).generation, 1)
  await signingKeys.removeExpired(10)
  t.equal(await signingKeys.add(key('b'), 1), true)
})

t.test('refuses an account or an identity when it is full, and deletes none (FAULT-33)', async (t) => {
  const { accounts } = memoryStore({ maxEntries: 2 })
  const account = (id: string): Account => ({
    id,
    profile: { name: null, email: null, picture: null },
    permissions: [],
    disabled: false,
    createdAt: 0
  })
  const identity = (subject: string): Identity => ({ provider: 'google', subject })
  await accounts.findOrCreate(identity('a'), account('a'))
  await accounts.link('a', identity('b'))
  await t.rejects(accounts.link('a', identity('c')), StoreFullError)
  await t.rejects(accounts.findOrCreate(identity('c'), account('c')), StoreFullError)
  t.equal(await accounts.find('c'), null)
  await accounts.unlink('a', identity('b'))
  await accounts.findOrCreate(identity('c'), account('c'))
  await accounts.unlink('c', identity('c'))
  await t.rejects(accounts.findOrCreate(identity('d'), account('d')), StoreFullError)
  t.not(await accounts.find('a'), null)
})

t.test('refuses a record when its kind is full of unexpired ones, and deletes none (FAULT-33)', async (t) => {
  let seconds = 0
  const { records } = memoryStore({ maxEntries: 2, now: () => seconds * 1_000 })
  const create = (kind: string, id: string, expiresAt: number, most?: number) =>
    records.create({ kind, id, owner: 'alice', content: '', expiresAt }, most)
  const kept = async () => (await records.list('code', 'alice')).map(({ id }) => id)
  await create('code', 'a', 30)
  await create('code', 'b', 90)
  await t.rejects(create('code', 'c', 90), StoreFullError)
  t.equal(await create('code', 'c', 90, 2), false, 'the limit of the caller is reached as well')
  t.equal(await create('code', 'b', 90), false, 'a taken key needs no room')
  t.equal(await create('consent', 'c', 40), true, 'another kind has room')
  t.same(await kept(), ['a', 'b'])
  seconds = 30
  t.equal(await create('code', 'c', 90), true, 'an expired record makes room before the next sweep')
  seconds = 60
  t.equal(await create('client', 'd', 90), true)
  t.equal(await records.find({ kind: 'consent', id: 'c' }), null, 'the expired records are deleted')
  t.same(await kept(), ['b', 'c'])
})

t.test('deletes the oldest session when it is full, and expired sessions (FAULT-33)', async (t) => {
  let seconds = 0
  const { sessions } = memoryStore({ maxEntries: 2, now: () => seconds * 1_000 })
  const create = (id: string, expiresAt: number) =>
    sessions.create({ id, subject: 'alice', createdAt: 0, lastSeenAt: 0, expiresAt, label: null, upstream: null })
  const kept = async () => (await sessions.list('alice')).map(({ id }) => id)
  for (const id of ['a', 'b', 'c']) await create(id, id === 'b' ? 30 : 90)
  t.same(await kept(), ['b', 'c'])
  seconds = 60
  await create('d', 90)
  t.same(await kept(), ['c', 'd'])
})

t.test('deletes the oldest upstream tokens when it is full (FAULT-33)', async (t) => {
  const { upstreamTokens } = memoryStore({ maxEntries: 2 })
  const owner = (accountId: string) => ({ accountId, provider: 'google' })
  for (const id of ['a', 'b', 'a', 'c']) await upstreamTokens.put(owner(id), id)
  t.equal((await upstreamTokens.find(owner('a')))?.sealed, 'a')
  t.equal(await upstreamTokens.find(owner('b')), null)
})

t.test('refuses a DPoP proof when it is full of unexpired ones (SEC-76, FAULT-33)', async (t) => {
  let seconds = 0
  const { dpopReplay } = memoryStore({ maxEntries: 2, now: () => seconds * 1_000 })
  await dpopReplay.remember('a', 30)
  t.equal(dpopReplay.room?.(), 1)
  await dpopReplay.remember('b', 40)
  t.equal(dpopReplay.room?.(), 0)
  await t.rejects(dpopReplay.remember('c', 50), StoreFullError)
  t.equal(await dpopReplay.remember('a', 50), false)
  seconds = 30
  t.equal(await dpopReplay.remember('c', 50), true, 'an expired proof makes room before the next sweep')
  seconds = 60
  t.equal(dpopReplay.room?.(), 2, 'the expired proofs are deleted')
  t.equal(await dpopReplay.remember('b', 90), true, 'the expired proofs are deleted')
})

t.test('deletes expired entries after the clock is set back (FAULT-9, FAULT-33)', async (t) => {
  let seconds = 10_000
  const { dpopReplay } = memoryStore({ maxEntries: 2, now: () => seconds * 1_000 })
  await dpopReplay.remember('a', 10_060)
  seconds = 0
  await dpopReplay.remember('b', 30)
  seconds = 60
  t.equal(dpopReplay.room?.(), 1, 'only the first proof is kept')
})

t.test('deletes the oldest count when it is full, and counts of ended windows (FAULT-33)', async (t) => {
  let now = 0
  const { throttle } = memoryStore({ maxEntries: 2, now: () => now * 1_000 })
  const hit = async (key: string) => (await throttle.reserve([{ key }], { window: 30, now })).counts[0]?.count
  for (const key of ['a', 'b', 'a', 'b', 'c']) await hit(key)
  t.equal(await hit('b'), 3)
  t.equal(await hit('a'), 1, 'a was the oldest count when c was added')
  now = 60
  await hit('c')
  t.equal(await hit('b'), 1)
})

for (const [name, options, message] of [
  ['an unknown option', { maxTokens: 1 }, 'memoryStore(): maxTokens does not exist. Fix: use one of maxEntries, now'],
  [
    'a limit of 0',
    { maxEntries: 0 },
    'memoryStore(): maxEntries must be a whole number of entries from 1; got a number'
  ],
  [
    'a limit as a text',
    { maxEntries: '10' },
    'memoryStore(): maxEntries must be a whole number of entries from 1; got a string'
  ],
  ['a clock that is a number', { now: 1 }, 'memoryStore(): now must be a function; got a number']
] as const) {
  t.test(`refuses ${name} (SEC-153)`, async (t) => {
    // The types forbid these options; JavaScript callers may pass them.
    throwsLike(t, () => memoryStore(options as object), { message })
  })
}

t.test('close() resolves, because nothing is open', async (t) => {
  await t.resolves(memoryStore().close())
})

t.test('an option of undefined counts as missing', async (t) => {
  // The types forbid this option; JavaScript callers may pass it.
  const { dpopReplay } = memoryStore({ maxEntries: undefined, now: undefined } as object)
  t.equal(await dpopReplay.remember('key', 4_102_444_800), true)
})
