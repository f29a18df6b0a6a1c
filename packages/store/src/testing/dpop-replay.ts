import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { DpopReplayStore } from '../dpop-replay.ts'
import type { RegisterTest } from './register-test.ts'
import { UNSTORABLE } from './unstorable.ts'

const expiresAt = 4_102_444_800

/**
 * Registers one test for each rule of {@link DpopReplayStore}, for authors of adapters. Fails through `node:assert`. All keys
 * are random, so the database may contain other data. Does not test the behaviour when the database cannot be reached.
 *
 * @param test - the runner's function that registers a test
 * @param createStore - returns the store to test; called once for each test
 */
export function testDpopReplayStore(
  test: RegisterTest,
  createStore: () => DpopReplayStore | Promise<DpopReplayStore>
): void {
  const promise = (title: string, body: (store: DpopReplayStore) => Promise<void>): unknown =>
    test(title, async () => body(await createStore()))

  promise('takes a key once, whatever expiry comes with it', async (store) => {
    const key = randomUUID()
    assert.equal(await store.remember(key, expiresAt), true)
    assert.equal(await store.remember(key, expiresAt), false)
    assert.equal(await store.remember(key, expiresAt + 60), false)
  })

  promise('tells keys apart byte for byte', async (store) => {
    const key = `Proof "ő" \\ % 🗝 ${randomUUID()}`
    assert.equal(await store.remember(key, expiresAt), true)
    assert.equal(await store.remember(key.toLowerCase(), expiresAt), true)
    assert.equal(await store.remember(`${key} `, expiresAt), true)
  })

  promise('takes a key again when it was forgotten, once, and forgets no other', async (store) => {
    const [key, other] = [randomUUID(), randomUUID()]
    await store.forget(key)
    assert.equal(await store.remember(key, expiresAt), true)
    assert.equal(await store.remember(other, expiresAt), true)
    await store.forget(key)
    assert.equal(await store.remember(key, expiresAt), true)
    assert.equal(await store.remember(key, expiresAt), false)
    assert.equal(await store.remember(other, expiresAt), false)
  })

  promise('takes a key from one of fifty at once', async (store) => {
    const key = randomUUID()
    const taken = await Promise.all(Array.from({ length: 50 }, () => store.remember(key, expiresAt)))
    assert.equal(taken.filter((one) => one).length, 1)
  })

  promise('rejects text that no store keeps, and changes nothing', async (store) => {
    for (const text of UNSTORABLE) {
      await assert.rejects(store.remember(text, expiresAt), TypeError)
    }
  })
}
