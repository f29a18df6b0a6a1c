import t from 'tap'
import type { RecordStore, StoredRecord } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { accepted, ask, newKey, type Server, serverWith, start } from './fixtures/server.ts'

async function lastUsedAt(app: Server): Promise<number | null | undefined> {
  return (await app.apiKeys.list('alice'))[0]?.lastUsedAt
}

/** Waits until all uses are recorded, without a limit of time: each of them is a few promises in memory. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate)
}

t.test('records the last use once a minute', async (t) => {
  const { records } = memoryStore({ now: () => start * 1000 })
  let writes = 0
  const counting: RecordStore = { ...records, replace: async (...args) => (writes++, records.replace(...args)) }
  const app = await serverWith(t, { options: { store: { records: counting } } })
  const { key } = await newKey(app)
  t.equal(await lastUsedAt(app), null)
  for (const [time, recorded, count] of [
    [start + 1, start + 1, 1],
    [start + 60, start + 1, 1],
    [start + 61, start + 61, 2],
    [start + 62, start + 61, 2]
  ] as const) {
    app.clock.time = time
    t.same(await ask(app, key), accepted)
    await settle()
    t.equal(await lastUsedAt(app), recorded)
    t.equal(writes, count)
  }
})

t.test('does not wait for the write, and a write that fails changes no answer', async (t) => {
  const { records } = memoryStore({ now: () => start * 1000 })
  const logged: string[] = []
  let fail: (() => void) | undefined
  const failing: RecordStore = {
    ...records,
    replace: async () => new Promise((_resolve, reject) => (fail = () => reject(new Error('gone'))))
  }
  const app = await serverWith(t, {
    options: { store: { records: failing } },
    server: { logger: { level: 'warn', stream: { write: (line: string) => logged.push(line) } } }
  })
  const { key } = await newKey(app)
  t.same(await ask(app, key), accepted)
  await settle()
  t.ok(fail)
  t.same(logged, [])
  fail?.()
  await settle()
  t.equal(logged.length, 1)
  t.match(logged[0], /The use of an API key could not be recorded/)
  t.same(await ask(app, key), accepted)
})

t.test('tries once more when another process writes at the same moment, and keeps the later time', async (t) => {
  for (const [conflicts, expected] of [
    [1, start + 1],
    [2, null]
  ] as const) {
    const { records } = memoryStore({ now: () => start * 1000 })
    let left: number = conflicts
    const contended: RecordStore = {
      ...records,
      async replace(key, version, change) {
        if (left-- > 0) {
          const { content, expiresAt } = (await records.find(key)) as StoredRecord
          await records.replace(key, version, { content, expiresAt })
        }
        return records.replace(key, version, change)
      }
    }
    const app = await serverWith(t, { options: { store: { records: contended } } })
    const { key } = await newKey(app)
    app.clock.time = start + 1
    t.same(await ask(app, key), accepted)
    await settle()
    t.equal(await lastUsedAt(app), expected)
  }
})

t.test('does not replace the later use of another process, and does not bring back a revoked key', async (t) => {
  const clock = { time: start + 30 }
  const store = memoryStore({ now: () => clock.time * 1000 })
  const setup = { store, clock, options: { remember: 300 } }
  const [here, there] = [await serverWith(t, setup), await serverWith(t, setup)]
  const { key, id } = await newKey(here)
  t.same(await ask(here, key), accepted)
  t.same(await ask(there, key), accepted)
  await settle()
  t.equal(await lastUsedAt(here), start + 30)
  clock.time = start + 95
  t.same(await ask(there, key), accepted)
  await settle()
  clock.time = start + 92
  t.same(await ask(here, key), accepted)
  await settle()
  t.equal(await lastUsedAt(here), start + 95)
  clock.time = start + 170
  t.same(await ask(here, key), accepted)
  await settle()
  clock.time = start + 178
  await here.apiKeys.revoke('alice', id)
  t.same(await ask(there, key), accepted)
  await settle()
  t.same(await store.records.list('api-key', 'alice'), [])
})

t.test('waits for the writes under way when the server closes', async (t) => {
  const { records } = memoryStore({ now: () => start * 1000 })
  let written = false
  const slow: RecordStore = {
    ...records,
    async replace(...args) {
      await settle()
      written = true
      return records.replace(...args)
    }
  }
  const app = await serverWith(t, { options: { store: { records: slow } } })
  const { key } = await newKey(app)
  t.same(await ask(app, key), accepted)
  await app.close()
  t.equal(written, true)
})
