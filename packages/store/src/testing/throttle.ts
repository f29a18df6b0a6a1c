import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { ThrottleStore } from '../throttle.ts'
import type { RegisterTest } from './register-test.ts'

const now = 4_102_444_800
const window = 60

/**
 * Registers one test for each promise of {@link ThrottleStore}, for authors of adapters. Fails through `node:assert`.
 * Every key in it is random, so a database that holds other things will do. Does not test what happens when the database
 * cannot be reached.
 *
 * @param test - the runner's way to register a test
 * @param createStore - gives the store to test; called once for each test
 */
export function testThrottleStore(test: RegisterTest, createStore: () => ThrottleStore | Promise<ThrottleStore>): void {
  const promise = (title: string, body: (store: ThrottleStore) => Promise<void>): unknown =>
    test(title, async () => body(await createStore()))

  promise('counts hits within a window, whose end stays', async (store) => {
    const key = randomUUID()
    assert.deepEqual(await store.hit(key, { window, now }), { count: 1, resetsAt: now + 60 })
    assert.deepEqual(await store.hit(key, { window, now: now + 1 }), { count: 2, resetsAt: now + 60 })
    assert.deepEqual(await store.hit(key, { window, now: now + 59 }), { count: 3, resetsAt: now + 60 })
  })

  promise('begins another window with the first hit after the end of one', async (store) => {
    const key = randomUUID()
    await store.hit(key, { window, now })
    assert.deepEqual(await store.hit(key, { window, now: now + 60 }), { count: 1, resetsAt: now + 120 })
    assert.deepEqual(await store.hit(key, { window, now: now + 300 }), { count: 1, resetsAt: now + 360 })
  })

  promise('ends a window no later than its length after the latest hit when the clock is set back', async (store) => {
    const key = randomUUID()
    await store.hit(key, { window, now: now + 3_600 })
    assert.deepEqual(await store.hit(key, { window, now }), { count: 2, resetsAt: now + 60 })
    assert.deepEqual(await store.hit(key, { window, now: now + 60 }), { count: 1, resetsAt: now + 120 })
  })

  promise('counts each key by itself, byte for byte', async (store) => {
    const key = `Alice "ő" % 🗝 ${randomUUID()}`
    await store.hit(key, { window, now })
    for (const other of [key.toLowerCase(), `${key} `, randomUUID()]) {
      assert.equal((await store.hit(other, { window, now })).count, 1)
    }
    assert.equal((await store.hit(key, { window, now })).count, 2)
  })

  promise('gives each of fifty hits at once another count', async (store) => {
    const key = randomUUID()
    const hits = await Promise.all(Array.from({ length: 50 }, () => store.hit(key, { window, now })))
    assert.deepEqual(
      hits.map(({ count }) => count).sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, i) => i + 1)
    )
  })

  promise('forgets the count of a key that is reset, and of no other', async (store) => {
    const [key, other] = [randomUUID(), randomUUID()]
    await store.hit(key, { window, now })
    await store.hit(other, { window, now })
    await store.reset(key)
    await store.reset(randomUUID())
    assert.deepEqual(await store.hit(key, { window, now: now + 1 }), { count: 1, resetsAt: now + 61 })
    assert.equal((await store.hit(other, { window, now })).count, 2)
  })
}
