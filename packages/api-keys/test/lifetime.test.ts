import t from 'tap'
import { memoryStore } from '@latchkey/store/memory'
import type { RecordStore } from '@latchkey/store'
import { accepted, ask, newKey, refused, serverWith, start } from './fixtures/server.ts'

t.test('gives the same answer for expired, revoked and unknown keys', async (t) => {
  const app = await serverWith(t)
  const expiring = await newKey(app, { expiresAt: start + 5 })
  const revoked = await newKey(app)
  const { key: unknown } = await newKey(await serverWith(t))
  t.same(await ask(app, expiring.key), accepted)
  t.same(await ask(app, revoked.key), accepted)
  t.equal(await app.apiKeys.revoke('alice', revoked.id), true)
  app.clock.time = start + 5
  for (const key of [expiring.key, revoked.key, unknown]) {
    t.same(await ask(app, key), refused, 'at first')
    t.same(await ask(app, key), refused, 'when it is remembered')
  }
  app.clock.time = start + 20
  t.same(await ask(app, expiring.key), refused)
})

t.test('refuses a key at its expiry although it is remembered', async (t) => {
  const app = await serverWith(t, { options: { remember: 300 } })
  const { key } = await newKey(app, { expiresAt: start + 100 })
  t.same(await ask(app, key), accepted)
  app.clock.time = start + 99
  t.same(await ask(app, key), accepted)
  app.clock.time = start + 100
  t.same(await ask(app, key), refused)
})

t.test('revokes only keys of the subject, by their id', async (t) => {
  const app = await serverWith(t)
  const [first, second] = [await newKey(app), await newKey(app)]
  const other = await newKey(app, { subject: 'ben' })
  t.equal(await app.apiKeys.revoke('ben', first.id), false)
  t.equal(await app.apiKeys.revoke('alice', first.key), false)
  t.equal(await app.apiKeys.revoke('alice', '\0'), false)
  t.equal(await app.apiKeys.revoke('alice', first.id), true)
  t.equal(await app.apiKeys.revoke('alice', first.id), false)
  t.same(
    (await app.apiKeys.list('alice')).map(({ id }) => id),
    [second.id]
  )
  await app.apiKeys.revokeAll('alice')
  t.same(await app.apiKeys.list('alice'), [])
  t.same(await ask(app, second.key), refused)
  t.same(await ask(app, other.key), accepted)
})

t.test('refuses a revoked key at once in this process, and in another after the option remember', async (t) => {
  const clock = { time: start }
  const store = memoryStore({ now: () => clock.time * 1000 })
  const [here, there] = [await serverWith(t, { store, clock }), await serverWith(t, { store, clock })]
  const [one, two, three] = [await newKey(here), await newKey(here), await newKey(here, { subject: 'ben' })]
  const keys = [one, two, three].map(({ key }) => key)
  for (const key of keys) for (const app of [here, there]) t.same(await ask(app, key), accepted)
  await here.apiKeys.revoke('alice', one.id)
  t.same(await ask(here, one.key), refused)
  t.same(await ask(here, two.key), accepted)
  await here.apiKeys.revokeAll('alice')
  t.same(await ask(here, two.key), refused)
  t.same(await ask(here, three.key), accepted)
  clock.time = start + 9
  for (const key of keys) t.same(await ask(there, key), accepted)
  clock.time = start + 10
  t.same(await ask(there, one.key), refused)
  t.same(await ask(there, two.key), refused)
  t.same(await ask(there, three.key), accepted)
})

t.test('asks the store about a key once in the option remember, and with each request for 0', async (t) => {
  for (const [remember, finds] of [
    [10, 2],
    [0, 4]
  ] as const) {
    let found = 0
    const { records } = memoryStore({ now: () => start * 1000 })
    const counting: RecordStore = { ...records, find: async (key) => (found++, records.find(key)) }
    const app = await serverWith(t, { options: { remember, store: { records: counting } } })
    const { key } = await newKey(app)
    // The first use is recorded, which asks once more.
    await ask(app, key)
    const before = found
    for (const time of [start + 1, start + 9, start + 10]) {
      app.clock.time = time
      t.same(await ask(app, key), accepted)
    }
    t.equal(found - before + 1, finds)
    // A clock that goes back ends what is remembered.
    app.clock.time = start
    t.same(await ask(app, key), accepted)
    t.equal(found - before, finds)
  }
})

t.test('app.guard.revokeAll() revokes the keys of the subject', async (t) => {
  const app = await serverWith(t)
  const [mine, other] = [await newKey(app), await newKey(app, { subject: 'ben' })]
  t.same(await ask(app, mine.key), accepted)
  await app.guard.revokeAll('alice')
  t.same(await ask(app, mine.key), refused)
  t.same(await ask(app, other.key), accepted)
})

t.test('a lookup from before a revocation is neither remembered nor shared after it', async (t) => {
  const { records } = memoryStore({ now: () => start * 1000 })
  const gates: (() => void)[] = []
  let isSlow = false
  const slow: RecordStore = {
    ...records,
    async find(key) {
      const record = await records.find(key)
      if (isSlow) await new Promise<void>((resolve) => gates.push(resolve))
      return record
    }
  }
  const app = await serverWith(t, { options: { store: { records: slow } } })
  const { key, id } = await newKey(app)
  isSlow = true
  const early = [ask(app, key), ask(app, key)]
  while (gates.length < 1) await new Promise(setImmediate)
  isSlow = false
  t.equal(await app.apiKeys.revoke('alice', id), true)
  t.same(await ask(app, key), refused)
  for (const open of gates) open()
  t.same(await Promise.all(early), [accepted, accepted])
  t.equal(gates.length, 1)
  t.same(await ask(app, key), refused)
})

t.test('parallel use and revocation never ends in an error, and ends refused', async (t) => {
  const app = await serverWith(t)
  const { key, id } = await newKey(app)
  const answers = await Promise.all([
    ...Array.from({ length: 20 }, async () => ask(app, key)),
    app.apiKeys.revoke('alice', id).then(() => refused),
    ...Array.from({ length: 20 }, async () => ask(app, key))
  ])
  t.same(
    answers.filter(({ status }) => status !== 200 && status !== 401),
    []
  )
  t.same(await ask(app, key), refused)
  t.same(await app.store.records.list('api-key', 'alice'), [])
})
