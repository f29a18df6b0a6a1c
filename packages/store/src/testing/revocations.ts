import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Revocation, RevocationPage, RevocationStore } from '../revocations.ts'
import type { RegisterTest } from './register-test.ts'
import { UNSTORABLE } from './unstorable.ts'

const NOW = Math.floor(Date.now() / 1000)

/**
 * Registers one test for each rule of {@link RevocationStore}, for authors of adapters. Fails through `node:assert`. All
 * identifiers are random, so the database may contain other data. The clock of the store must be within a minute of the test's.
 * Does not test the behaviour when the database cannot be reached.
 *
 * @param test - the runner's function that registers a test
 * @param createStore - returns the store to test; called once for each test
 */
export function testRevocationStore(
  test: RegisterTest,
  createStore: () => RevocationStore | Promise<RevocationStore>
): void {
  const promise = (title: string, body: (store: RevocationStore) => Promise<void>): unknown =>
    test(title, async () => body(await createStore()))

  promise('gives what was revoked to a follower that starts afterwards', async (store) => {
    const revocations = [aRevocation({ kind: 'token' }), aRevocation({ kind: 'family' }), aRevocation()]
    for (const revocation of revocations) await store.revoke(revocation)
    assert.deepEqual(only(revocations, await everything(store)), revocations)
  })

  promise('gives what was revoked after a cursor, and then nothing more', async (store) => {
    const [before, after] = [aRevocation(), aRevocation()]
    await store.revoke(before)
    const start = await atTheEnd(store)
    await store.revoke(after)
    const page = await store.since(start.cursor)
    assert.deepEqual(only([before, after], page.revocations), [after])
    const last = await store.since(page.cursor)
    assert.deepEqual(only([before, after], last.revocations), [])
    assert.deepEqual(only([before, after], (await store.since(last.cursor)).revocations), [])
  })

  promise('gives a cursor before anything is revoked, and goes on from it', async (store) => {
    const { cursor } = await atTheEnd(store)
    const revocation = aRevocation()
    await store.revoke(revocation)
    assert.deepEqual(only([revocation], (await store.since(cursor)).revocations), [revocation])
  })

  promise('does not go by times: a revocation of earlier is given when it takes effect', async (store) => {
    const [late, early] = [aRevocation({ revokedAt: NOW - 10 }), aRevocation({ revokedAt: NOW - 200 })]
    await store.revoke(late)
    const { cursor } = await atTheEnd(store)
    await store.revoke(early)
    assert.deepEqual(only([late, early], (await store.since(cursor)).revocations), [early])
  })

  promise('gives a repeated revocation again, with the later times of both, and once', async (store) => {
    const first = aRevocation({ revokedAt: NOW - 20, expiresAt: NOW + 1_000 })
    const second = { ...first, revokedAt: NOW - 10, expiresAt: NOW + 900 }
    await store.revoke(first)
    const { cursor } = await atTheEnd(store)
    await store.revoke(second)
    const both = [{ ...first, revokedAt: second.revokedAt }]
    assert.deepEqual(only([first], (await store.since(cursor)).revocations), both)
    assert.deepEqual(only([first], await everything(store)), both)
  })

  promise('tells kinds and identifiers apart byte for byte', async (store) => {
    const id = `Alice "ő" \\ % 🗝 ${randomUUID()}`
    const all = [
      aRevocation({ id }),
      aRevocation({ id, kind: 'family' }),
      aRevocation({ id: id.toLowerCase() }),
      aRevocation({ id: `${id} ` })
    ]
    for (const revocation of all) await store.revoke(revocation)
    assert.deepEqual(only(all, await everything(store)), all)
  })

  promise('stores what is far ahead of its own clock as a minute ahead', async (store) => {
    const revocation = aRevocation({ revokedAt: NOW + 86_400, expiresAt: NOW + 90_000 })
    await store.revoke(revocation)
    const [kept] = only([revocation], await everything(store))
    assert.deepEqual(kept, { ...revocation, revokedAt: kept?.revokedAt })
    const ahead = kept.revokedAt - Math.floor(Date.now() / 1000)
    assert.ok(ahead >= 0 && ahead <= 120, `is ${ahead} s ahead`)
  })

  promise('gives what is much in parts, of which none is skipped', async (store) => {
    const { cursor: start } = await atTheEnd(store)
    const all = Array.from({ length: 1_200 }, () => aRevocation({ kind: 'token' }))
    for (let i = 0; i < all.length; i += 50) await Promise.all(all.slice(i, i + 50).map((each) => store.revoke(each)))
    const parts: number[] = []
    const found = await everything(store, start, parts)
    assert.deepEqual(new Set(only(all, found)), new Set(all))
    assert.ok(Math.max(...parts) <= 1_100, `a part of ${Math.max(...parts)}`)
  })

  promise('rejects text that no store keeps, and changes nothing', async (store) => {
    const { cursor } = await atTheEnd(store)
    for (const id of UNSTORABLE) await assert.rejects(store.revoke(aRevocation({ id })), TypeError)
    assert.deepEqual(
      (await store.since(cursor)).revocations.filter(({ id }) => UNSTORABLE.includes(id)),
      []
    )
  })

  promise('keeps its own copy of what it is given', async (store) => {
    const revocation = { ...aRevocation() }
    const copy = { ...revocation }
    await store.revoke(revocation)
    revocation.expiresAt = 0
    assert.deepEqual(only([copy], await everything(store)), [copy])
  })

  promise('rejects a cursor that it cannot have given', async (store) => {
    await assert.rejects(store.since('no cursor'))
  })

  promise('skips nothing for a follower while fifty revoke at once', async (store) => {
    const all = Array.from({ length: 50 }, () => aRevocation())
    const followed = new Set<string>()
    let { cursor } = await atTheEnd(store)
    const progress = { done: false }
    const revoked = Promise.all(all.map((revocation) => store.revoke(revocation))).finally(() => {
      progress.done = true
    })
    for (let isLast = false; !isLast; ) {
      isLast = progress.done
      const page = await store.since(cursor)
      for (const { id } of page.revocations) followed.add(id)
      cursor = page.cursor
      // Lets a store that answers without waiting continue with its revocations.
      await new Promise(setImmediate)
    }
    await revoked
    assert.deepEqual(
      all.filter(({ id }) => !followed.has(id)),
      []
    )
  })
}

function aRevocation(differences: Partial<Revocation> = {}): Revocation {
  return {
    kind: 'subject',
    id: randomUUID(),
    revokedAt: NOW - 30,
    expiresAt: NOW + 3_600,
    ...differences
  }
}

// The feed may contain revocations of others.
function only(these: readonly Revocation[], all: readonly Revocation[]): Revocation[] {
  const ids = new Set(these.map(({ id }) => id))
  return all.filter(({ id }) => ids.has(id))
}

// All pages of the feed.
async function everything(
  store: RevocationStore,
  start: string | null = null,
  parts: number[] = []
): Promise<Revocation[]> {
  const page = await store.since(start)
  parts.push(page.revocations.length)
  return page.more ? [...page.revocations, ...(await everything(store, page.cursor, parts))] : [...page.revocations]
}

async function atTheEnd(store: RevocationStore, start: string | null = null): Promise<RevocationPage> {
  const page = await store.since(start)
  return page.more ? atTheEnd(store, page.cursor) : page
}
