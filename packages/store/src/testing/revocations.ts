import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Revocation, RevocationStore } from '../revocations.ts'
import type { RegisterTest } from './register-test.ts'

/**
 * Registers one test for each promise of {@link RevocationStore}, for authors of adapters. Fails through `node:assert`.
 * Every identifier in it is random, so a database that holds other things will do. Does not test what happens when the
 * database cannot be reached.
 *
 * @param test - the runner's way to register a test
 * @param createStore - gives the store to test; called once for each test
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
    assert.deepEqual(only(revocations, (await store.since(null)).revocations), revocations)
  })

  promise('gives what was revoked after a cursor, and then nothing more', async (store) => {
    const [before, after] = [aRevocation(), aRevocation()]
    await store.revoke(before)
    const start = await store.since(null)
    await store.revoke(after)
    const page = await store.since(start.cursor)
    assert.deepEqual(only([before, after], page.revocations), [after])
    const last = await store.since(page.cursor)
    assert.deepEqual(only([before, after], last.revocations), [])
    assert.deepEqual(only([before, after], (await store.since(last.cursor)).revocations), [])
  })

  promise('gives a cursor before anything is revoked, and goes on from it', async (store) => {
    const { cursor } = await store.since(null)
    const revocation = aRevocation()
    await store.revoke(revocation)
    assert.deepEqual(only([revocation], (await store.since(cursor)).revocations), [revocation])
  })

  promise('does not go by times: a revocation of earlier is given when it takes effect', async (store) => {
    const [late, early] = [aRevocation({ revokedAt: 4_102_444_900 }), aRevocation({ revokedAt: 4_102_444_700 })]
    await store.revoke(late)
    const { cursor } = await store.since(null)
    await store.revoke(early)
    assert.deepEqual(only([late, early], (await store.since(cursor)).revocations), [early])
  })

  promise('gives a repeated revocation again, with the later times of both, and once', async (store) => {
    const first = aRevocation({ revokedAt: 4_102_444_810, expiresAt: 4_102_445_000 })
    const second = { ...first, revokedAt: 4_102_444_820, expiresAt: 4_102_444_900 }
    await store.revoke(first)
    const { cursor } = await store.since(null)
    await store.revoke(second)
    const both = [{ ...first, revokedAt: second.revokedAt }]
    assert.deepEqual(only([first], (await store.since(cursor)).revocations), both)
    assert.deepEqual(only([first], (await store.since(null)).revocations), both)
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
    assert.deepEqual(only(all, (await store.since(null)).revocations), all)
  })

  promise('keeps its own copy of what it is given', async (store) => {
    const revocation = { ...aRevocation() }
    const copy = { ...revocation }
    await store.revoke(revocation)
    revocation.expiresAt = 0
    assert.deepEqual(only([copy], (await store.since(null)).revocations), [copy])
  })

  promise('rejects a cursor that it cannot have given', async (store) => {
    await assert.rejects(store.since('no cursor'))
  })

  promise('skips nothing for a follower while fifty revoke at once', async (store) => {
    const all = Array.from({ length: 50 }, () => aRevocation())
    const followed = new Set<string>()
    let { cursor } = await store.since(null)
    const progress = { done: false }
    const revoked = Promise.all(all.map((revocation) => store.revoke(revocation))).finally(() => {
      progress.done = true
    })
    for (let isLast = false; !isLast; ) {
      isLast = progress.done
      const page = await store.since(cursor)
      for (const { id } of page.revocations) followed.add(id)
      cursor = page.cursor
      // Lets a store that answers without waiting for anything get on with revoking.
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
    revokedAt: 4_102_444_800,
    expiresAt: 4_102_448_400,
    ...differences
  }
}

// Others may be in the feed too.
function only(these: readonly Revocation[], all: readonly Revocation[]): Revocation[] {
  const ids = new Set(these.map(({ id }) => id))
  return all.filter(({ id }) => ids.has(id))
}
