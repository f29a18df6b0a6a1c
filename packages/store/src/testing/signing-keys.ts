import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { SigningKeyStore, StoredSigningKey } from '../signing-keys.ts'
import type { RegisterTest } from './register-test.ts'
import { UNSTORABLE } from './unstorable.ts'

/**
 * Registers one test for each rule of {@link SigningKeyStore}, for authors of adapters. Fails through `node:assert`. The ring
 * may contain keys, but nothing else may change it during the tests. The tests remove expired keys. Does not test the behaviour
 * when the database cannot be reached.
 *
 * @param test - the runner's function that registers a test
 * @param createStore - returns the store to test; called once for each test
 */
export function testSigningKeyStore(
  test: RegisterTest,
  createStore: () => SigningKeyStore | Promise<SigningKeyStore>
): void {
  const promise = (title: string, body: (store: SigningKeyStore) => Promise<void>): unknown =>
    test(title, async () => body(await createStore()))

  promise('adds keys in order, each making a new generation', async (store) => {
    const before = await store.list()
    const [first, second] = [aKey(), aKey({ activeFrom: 1 })]
    assert.equal(await store.add(first, before.generation), true)
    assert.equal(await store.add(second, before.generation + 1), true)
    assert.deepEqual(await store.list(), {
      generation: before.generation + 2,
      keys: [...before.keys, first, second]
    })
  })

  promise('refuses a key for another generation than the one there is, and changes nothing', async (store) => {
    const { generation } = await store.list()
    await store.add(aKey(), generation)
    const before = await store.list()
    assert.equal(await store.add(aKey(), generation), false)
    assert.equal(await store.add(aKey(), generation + 2), false)
    assert.deepEqual(await store.list(), before)
  })

  promise('lets one of fifty processes that saw the same ring add the next key', async (store) => {
    const before = await store.list()
    const keys = Array.from({ length: 50 }, () => aKey())
    const won = await Promise.all(keys.map((key) => store.add(key, before.generation)))
    assert.equal(won.filter((one) => one).length, 1)
    assert.deepEqual(await store.list(), {
      generation: before.generation + 1,
      keys: [...before.keys, ...keys.filter((_, i) => won[i])]
    })
  })

  promise('rejects a key whose identifier is taken, and changes nothing', async (store) => {
    const key = aKey()
    await store.add(key, (await store.list()).generation)
    const before = await store.list()
    await assert.rejects(store.add(aKey({ kid: key.kid }), before.generation))
    assert.deepEqual(await store.list(), before)
  })

  promise('removes keys that have expired by the time it is told, and keeps the generation', async (store) => {
    const { generation, keys } = await store.list()
    const [first, second, third] = [aKey({ expiresAt: 1_000 }), aKey({ expiresAt: 1_001 }), aKey({ expiresAt: 999 })]
    await store.add(first, generation)
    await store.add(second, generation + 1)
    await store.add(third, generation + 2)
    await store.removeExpired(1_000)
    assert.deepEqual(await store.list(), { generation: generation + 3, keys: [...keys, second] })
    await store.removeExpired(1_001)
    assert.equal(await store.add(aKey(), generation), false)
    assert.equal((await store.list()).generation, generation + 3)
  })

  promise('keeps the text of a key as it is', async (store) => {
    const key = aKey({ key: `{"kty":"OKP","x":"\\u00e9 é 🗝 ' % \\\\"}\n${'x'.repeat(4_096)}` })
    await store.add(key, (await store.list()).generation)
    assert.deepEqual((await store.list()).keys.at(-1), key)
  })

  promise('rejects text that no store keeps, and changes nothing', async (store) => {
    for (const text of UNSTORABLE) {
      const before = await store.list()
      await assert.rejects(store.add(aKey({ key: text }), before.generation), TypeError)
      assert.deepEqual(await store.list(), before)
    }
  })
}

function aKey(differences: Partial<StoredSigningKey> = {}): StoredSigningKey {
  return {
    kid: randomUUID(),
    key: '{"kty":"OKP"}',
    activeFrom: 4_102_444_800,
    expiresAt: 4_105_123_200,
    ...differences
  }
}
