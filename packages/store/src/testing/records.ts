import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { NewRecord, RecordKey, RecordStore, StoredRecord } from '../records.ts'
import type { RegisterTest } from './register-test.ts'
import { UNSTORABLE } from './unstorable.ts'

const LATER = 4_102_444_800
const LONG_AGO = 1_000

/**
 * Registers one test for each rule of {@link RecordStore}, for authors of adapters. Fails through `node:assert`. All kinds,
 * identifiers and owners are random, so the database may contain other data. Does not test the behaviour when the database
 * cannot be reached.
 *
 * @param test - the runner's function that registers a test
 * @param createStore - returns the store to test; called once for each test
 */
export function testRecordStore(test: RegisterTest, createStore: () => RecordStore | Promise<RecordStore>): void {
  const promise = (title: string, body: (store: RecordStore) => Promise<void>): unknown =>
    test(title, async () => body(await createStore()))

  promise('finds a record as it was created', async (store) => {
    const nobodys = aRecord({ owner: null })
    const odd = aRecord({ owner: `O'Hara "ő" \\ % 🗝 ${randomUUID()}`, content: '{"a": "\\"ő🗝"}\n\t' })
    const full = aRecord({ content: `${'x🗝'.repeat(3_276)}    ` })
    assert.equal(Buffer.byteLength(full.content), 16 * 1024)
    for (const record of [nobodys, odd, aRecord({ content: '' }), full]) {
      assert.equal(await store.create(record), true)
      assert.deepEqual(withoutVersion(await found(store, record)), record)
    }
  })

  promise('finds, replaces and removes nothing under an unknown key', async (store) => {
    const { kind, id } = aRecord()
    assert.equal(await store.find({ kind, id }), null)
    assert.equal(await store.replace({ kind, id }, randomUUID(), { content: '', expiresAt: LATER }), false)
    assert.equal(await store.remove({ kind, id }), false)
    assert.equal(await store.find({ kind, id }), null)
  })

  promise('keeps records by kind and by identifier, byte for byte', async (store) => {
    const record = aRecord({ kind: `Kind:a ${randomUUID()}`, id: `Id "ő" \\ % 🗝 ${randomUUID()}` })
    const { kind, id } = record
    await store.create(record)
    for (const other of [
      { kind: kind.toLowerCase(), id },
      { kind: `${kind} `, id },
      { kind, id: id.toLowerCase() },
      { kind, id: `${id} ` },
      { kind, id: id.normalize('NFD') },
      { kind: 'Kind', id: `a ${id}` }
    ]) {
      assert.equal(await store.find(other), null)
      assert.equal(await store.remove(other), false)
    }
    assert.deepEqual(withoutVersion(await found(store, record)), record)
  })

  promise('creates no record under a key that is taken, and changes nothing', async (store) => {
    const record = aRecord()
    await store.create(record)
    const before = await found(store, record)
    assert.equal(await store.create({ ...aRecord(), kind: record.kind, id: record.id }), false)
    assert.deepEqual(await found(store, record), before)
  })

  promise('returns copies that do not change afterwards', async (store) => {
    const record = aRecord()
    const given = { ...record, content: 'first' }
    await store.create(given)
    given.content = 'changed'
    const before = await found(store, record)
    await store.replace(record, before.version, { content: 'second', expiresAt: LATER })
    assert.equal(before.content, 'first')
  })

  promise('has an expired record unchanged, or no more', async (store) => {
    const record = aRecord({ expiresAt: LONG_AGO })
    assert.equal(await store.create(record), true)
    const kept = await store.find(record)
    assert.deepEqual(kept === null ? record : withoutVersion(kept), record)
  })

  promise('creates a record over an expired one, which is gone', async (store) => {
    const earlier = aRecord({ expiresAt: LONG_AGO })
    const record = aRecord({ kind: earlier.kind, id: earlier.id })
    await store.create(earlier)
    assert.equal(await store.create(record), true)
    assert.deepEqual(withoutVersion(await found(store, record)), record)
    assert.deepEqual(await store.list(record.kind, String(earlier.owner)), [])
    assert.equal(await store.create(aRecord({ kind: earlier.kind, id: earlier.id })), false)
  })

  promise('lets one of fifty at once create a record, where none is and where one has expired', async (store) => {
    const { kind, id } = aRecord()
    const expired = aRecord({ expiresAt: LONG_AGO })
    await store.create(expired)
    for (const key of [
      { kind, id },
      { kind: expired.kind, id: expired.id }
    ]) {
      const records = Array.from({ length: 50 }, () => aRecord(key))
      const won = await Promise.all(records.map((record) => store.create(record)))
      assert.equal(won.filter((one) => one).length, 1)
      assert.deepEqual(withoutVersion(await found(store, key)), records[won.indexOf(true)])
    }
  })

  promise('replaces the content and the expiry, of the version that the caller found only', async (store) => {
    const record = aRecord()
    await store.create(record)
    const { version } = await found(store, record)
    const change = { content: 'second', expiresAt: LATER + 60 }
    assert.equal(await store.replace(record, version, change), true)
    const replaced = await found(store, record)
    assert.deepEqual(withoutVersion(replaced), { ...record, ...change })
    assert.notEqual(replaced.version, version)
    assert.equal(await store.replace(record, version, { content: 'third', expiresAt: LATER }), false)
    assert.deepEqual(await found(store, record), replaced)
    assert.deepEqual(await store.list(record.kind, String(record.owner)), [replaced])
  })

  promise('lets one of fifty at once replace a version', async (store) => {
    const record = aRecord()
    await store.create(record)
    const { version } = await found(store, record)
    const won = await Promise.all(
      Array.from({ length: 50 }, (_, i) => store.replace(record, version, { content: `${i}`, expiresAt: LATER + i }))
    )
    assert.equal(won.filter((one) => one).length, 1)
    const at = won.indexOf(true)
    const { content, expiresAt } = await found(store, record)
    assert.deepEqual({ content, expiresAt }, { content: `${at}`, expiresAt: LATER + at })
  })

  promise('replaces nothing that was removed, nor what was created since', async (store) => {
    const record = aRecord()
    await store.create(record)
    const { version } = await found(store, record)
    await store.remove(record)
    const change = { content: 'replaced', expiresAt: LATER }
    assert.equal(await store.replace(record, version, change), false)
    assert.equal(await store.find(record), null)
    await store.create(record)
    assert.equal(await store.replace(record, version, change), false)
    assert.deepEqual(withoutVersion(await found(store, record)), record)
  })

  promise('lets one of fifty at once remove a record, and leaves the others', async (store) => {
    const [record, other] = [aRecord(), aRecord()]
    for (const each of [record, other]) await store.create(each)
    const won = await Promise.all(Array.from({ length: 50 }, () => store.remove(record)))
    assert.equal(won.filter((one) => one).length, 1)
    assert.equal(await store.find(record), null)
    assert.deepEqual(withoutVersion(await found(store, other)), other)
  })

  promise('leaves nothing when a record is removed while it is replaced', async (store) => {
    for (let round = 0; round < 10; round++) {
      const record = aRecord()
      await store.create(record)
      const { version } = await found(store, record)
      const replace = () => store.replace(record, version, { content: 'replaced', expiresAt: LATER })
      const remove = () => store.remove(record)
      await Promise.all((round % 2 === 0 ? [replace, remove] : [remove, replace]).map((call) => call()))
      assert.equal(await store.find(record), null)
      assert.deepEqual(await store.list(record.kind, String(record.owner)), [])
    }
  })

  promise('lists and removes the records of a kind and an owner, and no others', async (store) => {
    const { kind } = aRecord()
    const owner = `Alice ${randomUUID()}`
    const mine = [aRecord({ kind, owner }), aRecord({ kind, owner })]
    const removed = aRecord({ kind, owner })
    const others = [
      aRecord({ owner }),
      aRecord({ kind: `${kind} `, owner }),
      aRecord({ kind, owner: owner.toLowerCase() }),
      aRecord({ kind, owner: `${owner} ` }),
      aRecord({ kind, owner: null })
    ]
    for (const record of [...mine, removed, ...others]) await store.create(record)
    await store.remove(removed)
    assert.deepEqual(byId((await store.list(kind, owner)).map(withoutVersion)), byId(mine))
    assert.deepEqual(await store.list(kind, randomUUID()), [])
    await store.removeOwned(kind, owner)
    await store.removeOwned(kind, owner)
    assert.deepEqual(await store.list(kind, owner), [])
    for (const record of mine) assert.equal(await store.find(record), null)
    for (const record of others) assert.deepEqual(withoutVersion(await found(store, record)), record)
  })

  promise('removes the records of an owner of every kind, and no others', async (store) => {
    const owner = `Alice "ő" ${randomUUID()}`
    const expired = aRecord({ owner, expiresAt: LONG_AGO })
    const mine = [aRecord({ owner }), aRecord({ owner }), aRecord({ owner, kind: `"Kind" ő ${randomUUID()}` })]
    const { kind } = aRecord()
    const others = [
      aRecord({ owner: owner.toLowerCase() }),
      aRecord({ owner: `${owner} ` }),
      aRecord({ owner: null }),
      aRecord({ kind })
    ]
    for (const record of [expired, ...mine, ...others]) await store.create(record)
    const [first, second] = mine
    assert.ok(first && second)
    const change = { content: 'replaced', expiresAt: LATER + 60 }
    await store.replace(first, (await found(store, first)).version, change)
    await store.remove(second)
    const another = aRecord({ kind, owner })
    assert.equal(await store.create(another, 2), true)
    await store.removeAllOwned(owner)
    await store.removeAllOwned(owner)
    for (const record of [expired, ...mine, another]) {
      assert.equal(await store.find(record), null)
      assert.deepEqual(await store.list(record.kind, owner), [])
    }
    for (const record of others) assert.deepEqual(withoutVersion(await found(store, record)), record)
    assert.equal(await store.create(another, 2), true, 'a removed record does not count towards a limit')
  })

  promise('creates no more than the given number of unexpired records of a kind', async (store) => {
    const { kind } = aRecord()
    const [first, second, third] = [aRecord({ kind }), aRecord({ kind }), aRecord({ kind, owner: null })]
    await store.create(aRecord({ kind, expiresAt: LONG_AGO }))
    await store.create(aRecord())
    assert.equal(await store.create(first, 0), false)
    assert.equal(await store.create(first, 2), true)
    assert.equal(await store.create(second, 2), true)
    assert.equal(await store.create(third, 2), false)
    assert.equal(await store.find(third), null)
    await store.remove(first)
    assert.equal(await store.create(third, 2), true)
    const { version } = await found(store, second)
    await store.replace(second, version, { content: '', expiresAt: LONG_AGO })
    assert.equal(await store.create(second, 2), true)
    await store.removeOwned(kind, String(second.owner))
    assert.equal(await store.create(first, 2), true)
    assert.equal(await store.create(second, 2), false)
    assert.equal(await store.create(second), true)
  })

  promise('rejects text that no store keeps, and changes nothing', async (store) => {
    for (const text of UNSTORABLE) {
      const record = aRecord()
      const { kind, id } = record
      for (const name of ['kind', 'id', 'owner', 'content'] as const) {
        await assert.rejects(store.create({ ...record, [name]: text }), TypeError)
      }
      assert.equal(await store.find(record), null)
      await store.create(record)
      const before = await found(store, record)
      const change = { content: text, expiresAt: LATER }
      await assert.rejects(store.replace(record, before.version, change), TypeError)
      await assert.rejects(store.find({ kind, id: text }), TypeError)
      await assert.rejects(store.remove({ kind: text, id }), TypeError)
      await assert.rejects(store.list(kind, text), TypeError)
      await assert.rejects(store.removeOwned(text, id), TypeError)
      await assert.rejects(store.removeAllOwned(text), TypeError)
      assert.deepEqual(await found(store, record), before)
    }
  })
}

async function found(store: RecordStore, { kind, id }: RecordKey): Promise<StoredRecord> {
  const record = await store.find({ kind, id })
  assert.ok(record)
  return record
}

function withoutVersion({ version: _, ...record }: StoredRecord): NewRecord {
  return record
}

function byId(records: readonly NewRecord[]): NewRecord[] {
  return [...records].sort((a, b) => a.id.localeCompare(b.id))
}

function aRecord(differences: Partial<NewRecord> = {}): NewRecord {
  return {
    kind: randomUUID(),
    id: randomUUID(),
    owner: randomUUID(),
    content: 'content',
    expiresAt: LATER,
    ...differences
  }
}
