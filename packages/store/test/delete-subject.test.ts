import t, { type Test } from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { clear } from '@latchkey/exact/servers'
import { deleteSubject, type Store, StoreUnavailableError, type SubjectStores } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { redisStore } from '@latchkey/store/redis'
import { eachDatabase } from './fixtures/each-database.ts'
import { refreshToken } from './fixtures/expiring.ts'
import { ioredis, noRedis, ownName } from './fixtures/servers.ts'

const LATER = 4_102_444_800
const GOOGLE = 'google'
const RECORDS = ['authorization-code', 'consent']

/** Writes an entry of a subject to each contract. */
async function write(store: Store, subject: string): Promise<void> {
  const account = { profile: { name: subject, email: null, picture: null }, permissions: [], disabled: false }
  await store.accounts.findOrCreate({ provider: GOOGLE, subject }, { ...account, id: subject, createdAt: 1 })
  await store.accounts.setPasswordHash(subject, 'hash')
  await store.upstreamTokens.put({ accountId: subject, provider: GOOGLE }, 'sealed')
  const times = { createdAt: 1, lastSeenAt: 1, expiresAt: LATER }
  await store.sessions.create({ id: `session of ${subject}`, subject, label: null, upstream: null, ...times })
  await store.refreshTokens.start({ ...refreshToken(`token of ${subject}`, LATER), subject })
  for (const kind of RECORDS) {
    await store.records.create({ kind, id: subject, owner: subject, content: '', expiresAt: LATER })
  }
}

/** Names the entries of a subject that are left. */
async function left(store: Store, subject: string): Promise<string[]> {
  const isLeft = {
    account: await store.accounts.find(subject),
    identity: await store.accounts.findByIdentity({ provider: GOOGLE, subject }),
    password: await store.accounts.findPasswordHash(subject),
    upstream: await store.upstreamTokens.find({ accountId: subject, provider: GOOGLE }),
    session: await store.sessions.find(`session of ${subject}`),
    token: await store.refreshTokens.find(`token of ${subject}`),
    [RECORDS[0] ?? '']: await store.records.find({ kind: RECORDS[0] ?? '', id: subject }),
    [RECORDS[1] ?? '']: await store.records.find({ kind: RECORDS[1] ?? '', id: subject })
  }
  return Object.entries(isLeft).flatMap(([name, entry]) => (entry === null ? [] : [name]))
}

const EVERYTHING = ['account', 'identity', 'password', 'upstream', 'session', 'token', ...RECORDS]

async function isRevoked(t: Test, store: Store, subject: string): Promise<void> {
  const { revocations } = await store.revocations.since(null)
  const [revocation, ...others] = revocations.filter(({ kind, id }) => kind === 'subject' && id === subject)
  t.same(others, [])
  const now = Date.now() / 1_000
  const revokedAt = Number(revocation?.revokedAt)
  t.ok(revokedAt > now - 30 && revokedAt < now + 3, 'covers the tokens that were issued up to now')
  t.equal(revocation?.expiresAt, revokedAt + 86_400 + 120, 'stays until the longest token has expired')
}

/** The store, in which the step with a number fails before or after its effect. */
function failing(store: Store, step: number, when: 'before' | 'after'): { broken: SubjectStores; steps: () => number } {
  let steps = 0
  const watched = (contract: object): object =>
    new Proxy(contract, {
      // Cast: each member that deleteSubject() uses is a method, except now().
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...given: unknown[]) => unknown
        if (name === 'now') return method
        return async (...given: unknown[]) => {
          const fails = steps++ === step
          if (fails && when === 'before') throw new StoreUnavailableError('ECONNRESET')
          const result = await method(...given)
          if (fails) throw new StoreUnavailableError('ECONNRESET')
          return result
        }
      }
    })
  const { accounts, clock, records, refreshTokens, revocations, sessions, upstreamTokens } = store
  const contracts = { accounts, clock, records, refreshTokens, revocations, sessions, upstreamTokens }
  const broken = Object.fromEntries(Object.entries(contracts).map(([name, each]) => [name, watched(unfrozen(each))]))
  // Cast: the same members.
  return { broken: broken as unknown as SubjectStores, steps: () => steps }
}

// A proxy must return the own members of a frozen object unchanged.
function unfrozen(contract: object): object {
  return { ...contract }
}

async function deletesAll(t: Test, store: Store): Promise<void> {
  await write(store, 'alice')
  await write(store, 'bob')
  const { broken, steps } = failing(store, Number.POSITIVE_INFINITY, 'before')
  await deleteSubject(broken, 'alice')
  t.same(await left(store, 'alice'), [])
  t.same(await left(store, 'bob'), EVERYTHING)
  await isRevoked(t, store, 'alice')
  await deleteSubject(store, 'alice')
  t.same(await left(store, 'alice'), [], 'again without an effect')
  t.equal(steps(), 9)

  for (let step = 0; step < steps(); step++) {
    for (const when of ['before', 'after'] as const) {
      const subject = `carol ${step} ${when}`
      await write(store, subject)
      await t.rejects(deleteSubject(failing(store, step, when).broken, subject), StoreUnavailableError)
      const remaining = await left(store, subject)
      if (remaining.length < EVERYTHING.length) await isRevoked(t, store, subject)
      await deleteSubject(store, subject)
      t.same(await left(store, subject), [], `repeated after a failure ${when} step ${step}`)
      await isRevoked(t, store, subject)
    }
  }
  t.same(await left(store, 'bob'), EVERYTHING)
}

const TITLE = 'deletes everything of a subject, also when it is repeated after a failure at any step'

t.test(`${TITLE}: memory`, async (t) => deletesAll(t, memoryStore()))

await eachDatabase(TITLE, async (t, open) => deletesAll(t, await open()))

t.test(`${TITLE}: Redis`, { skip: noRedis }, async (t) => {
  const prefix = `${ownName}:delete:`
  const client = ioredis()
  t.teardown(async () => {
    await clear(client, prefix)
    client.disconnect()
  })
  const store = redisStore({ client, prefix })
  await deletesAll(t, store)
  await deleteSubject(store, 'bob')
  const keys = await client.keys(`${prefix}*`)
  t.same(
    keys.map((key) => key.slice(prefix.length)).filter((key) => !key.startsWith('revocations')),
    [],
    'no other key is left'
  )
})

t.test('revokes a subject that has no data, and refuses a value that is no subject', async (t) => {
  const store = memoryStore()
  await deleteSubject(store, 'of the application')
  await isRevoked(t, store, 'of the application')
  // The types forbid the second value; JavaScript callers may pass it.
  for (const subject of ['', undefined as unknown as string]) {
    await rejectsLike(t, deleteSubject(store, subject), { name: 'TypeError', message: /^The subject to delete/ })
  }
})
