import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { ThrottleCount, ThrottleHold, ThrottleLimit, ThrottleStore } from '../throttle.ts'
import type { RegisterTest } from './register-test.ts'

const now = 4_102_444_800
const window = 60

/**
 * Registers one test for each rule of {@link ThrottleStore}, for authors of adapters. Fails through `node:assert`. All keys are
 * random, so the database may contain other data. Does not test the behaviour when the database cannot be reached.
 *
 * @param test - the runner's function that registers a test
 * @param createStore - returns the store to test; called once for each test
 */
export function testThrottleStore(test: RegisterTest, createStore: () => ThrottleStore | Promise<ThrottleStore>): void {
  const promise = (title: string, body: (store: ThrottleStore) => Promise<void>): unknown =>
    test(title, async () => body(await createStore()))

  promise('counts hits within a window, whose end stays', async (store) => {
    const key = randomUUID()
    assert.deepEqual(await hit(store, key, now), { count: 1, resetsAt: now + 60 })
    assert.deepEqual(await hit(store, key, now + 1), { count: 2, resetsAt: now + 60 })
    assert.deepEqual(await hit(store, key, now + 59), { count: 3, resetsAt: now + 60 })
  })

  promise('begins another window with the first hit after the end of one', async (store) => {
    const key = randomUUID()
    await hit(store, key, now)
    assert.deepEqual(await hit(store, key, now + 60), { count: 1, resetsAt: now + 120 })
    assert.deepEqual(await hit(store, key, now + 300), { count: 1, resetsAt: now + 360 })
  })

  promise('ends a window no later than its length after the latest hit when the clock is set back', async (store) => {
    const key = randomUUID()
    await hit(store, key, now + 3_600)
    assert.deepEqual(await hit(store, key, now), { count: 2, resetsAt: now + 60 })
    assert.deepEqual(await hit(store, key, now + 60), { count: 1, resetsAt: now + 120 })
  })

  promise('ends a full window no later than its length after a refusal when the clock is set back', async (store) => {
    const limits = [{ key: randomUUID(), most: 1 }]
    await store.reserve(limits, { window, now: now + 3_600 })
    const refused = { reserved: false, counts: [{ count: 1, resetsAt: now + 60 }] }
    assert.deepEqual(await store.reserve(limits, { window, now }), refused)
    assert.deepEqual(await store.reserve(limits, { window, now: now + 59 }), refused)
    assert.equal((await store.reserve(limits, { window, now: now + 60 })).reserved, true)
  })

  promise('counts each key by itself, byte for byte', async (store) => {
    const key = `Alice "ő" % 🗝 ${randomUUID()}`
    await hit(store, key, now)
    for (const other of [key.toLowerCase(), `${key} `, randomUUID()]) {
      assert.equal((await hit(store, other, now))?.count, 1)
    }
    assert.equal((await hit(store, key, now))?.count, 2)
  })

  promise('gives each of fifty hits at once another count', async (store) => {
    const key = randomUUID()
    const hits = await Promise.all(Array.from({ length: 50 }, () => hit(store, key, now)))
    assert.deepEqual(
      hits.map((count) => Number(count?.count)).sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, i) => i + 1)
    )
  })

  promise('grants ten of fifty reservations at once whose limit is ten, and counts ten', async (store) => {
    const limits = [{ key: randomUUID(), most: 10 }, { key: randomUUID(), most: 30 }, { key: randomUUID() }]
    const answers = await Promise.all(Array.from({ length: 50 }, () => store.reserve(limits, { window, now })))
    assert.equal(answers.filter(({ reserved }) => reserved).length, 10)
    for (const { key } of limits) assert.equal((await store.read(key, { window, now }))?.count, 10)
  })

  promise('never passes a limit where reservations with other keys race for its last hits', async (store) => {
    const shared = { key: randomUUID(), most: 10 }
    const pairs = Array.from({ length: 50 }, (_, i) => {
      const own = { key: randomUUID(), most: 1 }
      return i % 2 === 0 ? [own, shared] : [shared, own]
    })
    const answers = await Promise.all(pairs.map((limits) => store.reserve(limits, { window, now })))
    const granted = answers.filter(({ reserved }) => reserved).length
    assert.equal(granted, 10)
    assert.equal((await store.read(shared.key, { window, now }))?.count, granted)
  })

  promise('counts one hit of each key, or none where one has no room', async (store) => {
    const [full, roomy] = [
      { key: randomUUID(), most: 1 },
      { key: randomUUID(), most: 5 }
    ]
    const at = { window, now }
    const one = { count: 1, resetsAt: now + 60 }
    assert.deepEqual(await store.reserve([full, roomy], at), { reserved: true, counts: [one, one] })
    assert.deepEqual(await store.reserve([roomy, full], at), { reserved: false, counts: [one, one] })
    assert.deepEqual(await store.read(roomy.key, at), one)
    assert.deepEqual(await store.reserve([{ key: randomUUID() }, full], at), {
      reserved: false,
      counts: [{ count: 0, resetsAt: now + 60 }, one]
    })
  })

  promise('keeps to a tight limit while another key has many hits', async (store) => {
    const at = { window, now }
    const [account, other] = [{ key: randomUUID() }, { key: randomUUID() }]
    const tight = { most: 2, key: account.key, hits: 3 }
    const attempt = async (limit: Omit<ThrottleLimit, 'key'>): Promise<boolean[]> => {
      const own = { key: randomUUID(), ...limit }
      const outcomes = []
      for (let i = 0; i < 4; i++) outcomes.push((await store.reserve([own, account, other], at)).reserved)
      return outcomes
    }
    assert.deepEqual(await attempt({ most: 5, tight }), [true, true, true, false])
    assert.deepEqual(await attempt({ most: 5, tight }), [true, true, false, false], 'a fresh key has its room')
    assert.deepEqual(await attempt({ tight }), [true, true, false, false])
    assert.deepEqual(await attempt({ most: 1, tight }), [true, false, false, false], 'the lower limit holds')
    assert.deepEqual(await attempt({ tight: { ...tight, hits: 1_000 } }), [true, true, true, true])
    const later = { window, now: now + 60 }
    const own = { key: randomUUID(), tight: { ...tight, most: 1 } }
    assert.equal((await store.reserve([own, account], later)).reserved, true)
    assert.equal((await store.reserve([own, account], later)).reserved, true, 'hits of a window that is over')
  })

  promise('gives hits back, and a window without hits is over', async (store) => {
    const limits = [{ key: randomUUID(), most: 2 }, { key: randomUUID() }]
    const at = { window, now }
    const first = holdsOf(limits, (await store.reserve(limits, at)).counts)
    const second = holdsOf(limits, (await store.reserve(limits, { window, now: now + 1 })).counts)
    assert.equal((await store.reserve(limits, at)).reserved, false)
    await store.release(first)
    for (const { key } of limits) assert.deepEqual(await store.read(key, at), { count: 1, resetsAt: now + 60 })
    await store.release(second)
    for (const { key } of limits) assert.equal(await store.read(key, at), null)
    await store.release(second)
    const { reserved, counts } = await store.reserve(limits, { window, now: now + 30 })
    assert.equal(reserved, true)
    for (const count of counts) assert.deepEqual(count, { count: 1, resetsAt: now + 90 })
  })

  promise('gives nothing back to a window that began later, and nothing for an unknown key', async (store) => {
    const limits = [{ key: randomUUID() }]
    const holds = holdsOf(limits, (await store.reserve(limits, { window, now })).counts)
    const later = { window, now: now + 60 }
    await store.reserve(limits, later)
    await store.release([...holds, { key: randomUUID(), resetsAt: now + 60 }])
    await store.release([])
    for (const { key } of limits) assert.deepEqual(await store.read(key, later), { count: 1, resetsAt: now + 120 })
  })

  promise('gives fifty hits back at once', async (store) => {
    const limits = [{ key: randomUUID() }, { key: randomUUID() }]
    const at = { window, now }
    const all = await Promise.all(Array.from({ length: 51 }, () => store.reserve(limits, at)))
    const holds = all.slice(1).map(({ counts }) => holdsOf(limits, counts))
    await Promise.all(holds.map((own, i) => store.release(i % 2 === 0 ? own : own.toReversed())))
    for (const { key } of limits) assert.equal((await store.read(key, at))?.count, 1)
  })

  promise('reads a count without counting', async (store) => {
    const key = randomUUID()
    assert.equal(await store.read(key, { window, now }), null)
    await hit(store, key, now)
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(await store.read(key, { window, now: now + 59 }), { count: 1, resetsAt: now + 60 })
    }
    assert.deepEqual(await store.read(key, { window, now: now - 3_600 }), { count: 1, resetsAt: now - 3_540 })
    assert.equal(await store.read(key, { window, now: now + 60 }), null)
  })

  promise('forgets the count of a key that is reset, and of no other', async (store) => {
    const [key, other] = [randomUUID(), randomUUID()]
    await hit(store, key, now)
    await hit(store, other, now)
    await store.reset(key)
    await store.reset(randomUUID())
    assert.deepEqual(await hit(store, key, now + 1), { count: 1, resetsAt: now + 61 })
    assert.equal((await hit(store, other, now))?.count, 2)
  })
}

async function hit(store: ThrottleStore, key: string, now: number): Promise<ThrottleCount | undefined> {
  return (await store.reserve([{ key }], { window, now })).counts[0]
}

function holdsOf(limits: readonly ThrottleLimit[], counts: readonly ThrottleCount[]): ThrottleHold[] {
  return limits.map(({ key }, index) => ({ key, resetsAt: counts[index]?.resetsAt ?? 0 }))
}
