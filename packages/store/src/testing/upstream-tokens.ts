import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { UpstreamTokenOwner, UpstreamTokenStore } from '../upstream-tokens.ts'
import type { RegisterTest } from './register-test.ts'
import { UNSTORABLE } from './unstorable.ts'

/**
 * Registers one test for each rule of {@link UpstreamTokenStore}, for authors of adapters. Fails through `node:assert`. All
 * identifiers are random, so the database may contain other data. Does not test the behaviour when the database cannot be
 * reached.
 *
 * @param test - the runner's function that registers a test
 * @param createStore - returns the store to test; called once for each test
 */
export function testUpstreamTokenStore(
  test: RegisterTest,
  createStore: () => UpstreamTokenStore | Promise<UpstreamTokenStore>
): void {
  const promise = (title: string, body: (store: UpstreamTokenStore) => Promise<void>): unknown =>
    test(title, async () => body(await createStore()))

  promise('finds what was put, and then what was put instead', async (store) => {
    const owner = anOwner()
    await store.put(owner, 'first')
    const first = await store.find(owner)
    await store.put(owner, 'second')
    const second = await store.find(owner)
    assert.equal(first?.sealed, 'first')
    assert.equal(second?.sealed, 'second')
    assert.notEqual(second.version, first.version)
  })

  promise('finds nothing of an owner without tokens', async (store) => {
    assert.equal(await store.find(anOwner()), null)
  })

  promise('keeps tokens by account and by provider, byte for byte', async (store) => {
    const owner = { accountId: `Alice "ő" \\ % 🗝 ${randomUUID()}`, provider: 'google' }
    await store.put(owner, 'sealed')
    for (const other of [
      { ...owner, provider: 'discord' },
      { ...owner, accountId: owner.accountId.toLowerCase() },
      { ...owner, accountId: `${owner.accountId} ` }
    ]) {
      assert.equal(await store.find(other), null)
    }
    assert.equal((await store.find(owner))?.sealed, 'sealed')
  })

  promise('replaces what the caller found, and only that', async (store) => {
    const owner = anOwner()
    await store.put(owner, 'first')
    const version = await versionOf(store, owner)
    assert.equal(await store.replace(owner, 'second', version), true)
    assert.equal(await store.replace(owner, 'third', version), false)
    assert.equal((await store.find(owner))?.sealed, 'second')
  })

  promise('lets one of fifty refreshers at once win', async (store) => {
    const owner = anOwner()
    await store.put(owner, 'old')
    const version = await versionOf(store, owner)
    const won = await Promise.all(Array.from({ length: 50 }, (_, i) => store.replace(owner, `new ${i}`, version)))
    assert.equal(won.filter((one) => one).length, 1)
    assert.equal((await store.find(owner))?.sealed, `new ${won.indexOf(true)}`)
  })

  promise('replaces nothing that was removed, nor what was put since', async (store) => {
    const owner = anOwner()
    await store.put(owner, 'old')
    const version = await versionOf(store, owner)
    await store.remove(owner)
    assert.equal(await store.replace(owner, 'refreshed', version), false)
    assert.equal(await store.find(owner), null)
    await store.put(owner, 'new login')
    assert.equal(await store.replace(owner, 'refreshed', version), false)
    assert.equal((await store.find(owner))?.sealed, 'new login')
  })

  promise('removes the tokens of one owner, and takes none for done', async (store) => {
    const owner = anOwner()
    const other = { ...owner, provider: 'discord' }
    await store.put(owner, 'mine')
    await store.put(other, 'also mine')
    await store.remove(owner)
    await store.remove(owner)
    assert.equal(await store.find(owner), null)
    assert.equal((await store.find(other))?.sealed, 'also mine')
  })

  promise('removes the tokens of an account at every provider, and no others', async (store) => {
    const owner = { ...anOwner(), accountId: `Alice "ő" ${randomUUID()}` }
    const mine = [owner, { ...owner, provider: 'discord' }]
    const others = [
      anOwner(),
      { ...owner, accountId: owner.accountId.toLowerCase() },
      { ...owner, accountId: `${owner.accountId} ` },
      { ...owner, accountId: `${owner.accountId}","google` }
    ]
    for (const each of [...mine, ...others]) await store.put(each, 'sealed')
    await store.replace(owner, 'refreshed', await versionOf(store, owner))
    await store.remove({ ...owner, provider: 'discord' })
    await store.put({ ...owner, provider: 'discord' }, 'again')
    await store.removeAll(owner.accountId)
    await store.removeAll(owner.accountId)
    for (const each of mine) assert.equal(await store.find(each), null)
    for (const each of others) assert.equal((await store.find(each))?.sealed, 'sealed')
  })

  promise('rejects text that no store keeps, and changes nothing', async (store) => {
    for (const text of UNSTORABLE) {
      const owner = anOwner()
      await assert.rejects(store.put(owner, text), TypeError)
      await assert.rejects(store.put({ ...owner, provider: text }, 'sealed'), TypeError)
      await assert.rejects(store.removeAll(text), TypeError)
      assert.equal(await store.find(owner), null)
    }
  })
}

async function versionOf(store: UpstreamTokenStore, owner: UpstreamTokenOwner): Promise<string> {
  const found = await store.find(owner)
  assert.ok(found)
  return found.version
}

function anOwner(): UpstreamTokenOwner {
  return { accountId: randomUUID(), provider: 'google' }
}
