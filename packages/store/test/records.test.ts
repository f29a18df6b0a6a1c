import path from 'node:path'
import t, { type Test } from 'tap'
import { clear } from '@latchkey/exact/servers'
import type { Store } from '@latchkey/store'
import { redisStore } from '@latchkey/store/redis'
import { sqlStore } from '@latchkey/store/sql'
import { testRecordStore } from '@latchkey/store/testing'
import { newMariadb } from './fixtures/mariadb.ts'
import { newPostgres } from './fixtures/postgres.ts'
import { processesOf } from './fixtures/processes.ts'
import { ioredis, MARIADB, noMariadb, noPostgres, noRedis, ownName, POSTGRES } from './fixtures/servers.ts'

const PROCESSES = 4
const ROUNDS = 25

/** Where the records are: a file, or the name of a database, of a schema or of a prefix. */
type Place =
  | { readonly file: string }
  | { readonly database: string }
  | { readonly schema: string }
  | { readonly prefix: string }

// In each round all processes create, replace and remove the same records.
const WORKER = `
  import { createInterface } from 'node:readline'
  import { Redis } from 'ioredis'
  import mysql from 'mysql2/promise'
  import pg from 'pg'
  import { redisStore } from '@latchkey/store/redis'
  import { sqlStore } from '@latchkey/store/sql'
  const rounds = Array.from({ length: ${ROUNDS} }, (_, round) => String(round))
  const record = (kind, id) => ({ kind, id, owner: null, content: '', expiresAt: 4102444800 })
  console.log('started')
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  for (let line; !(line = await lines.next()).done; ) {
    const { file, database, schema, prefix } = JSON.parse(line.value)
    const client = prefix && new Redis({ host: '127.0.0.1' })
    const pool = database
      ? mysql.createPool('${MARIADB}/' + database)
      : schema && new pg.Pool({ connectionString: '${POSTGRES}' })
    const store = client ? redisStore({ client, prefix }) : sqlStore(file ? { file } : { pool, schema })
    const { records } = store
    const found = await Promise.all(rounds.map((id) => records.find(record('replaced', id))))
    console.log('ready')
    await lines.next()
    const won = { created: 0, replaced: 0, removed: 0 }
    for (const [round, id] of rounds.entries()) {
      if (await records.create(record('created', id))) won.created++
      if (await records.replace(found[round], found[round].version, record('', id))) won.replaced++
      if (await records.remove(record('removed', id))) won.removed++
    }
    await store.close()
    await pool?.end()
    client?.disconnect()
    console.log(JSON.stringify(won))
  }`

/** Four processes, and a function that lets them use the records of one place at once. */
async function fourProcesses(t: Test): Promise<(t: Test, place: Place) => Promise<void>> {
  const { tell, hear } = processesOf(t, PROCESSES, WORKER)
  const all = (text: string): string[] => Array.from({ length: PROCESSES }, () => text)
  t.same(await hear(), all('started'))
  return async (t, place) => {
    tell(JSON.stringify(place))
    t.same(await hear(), all('ready'))
    tell('go')
    const sum = { created: 0, replaced: 0, removed: 0 }
    for (const text of await hear()) {
      const won = JSON.parse(text) as typeof sum
      for (const name of ['created', 'replaced', 'removed'] as const) sum[name] += won[name]
    }
    t.same(sum, { created: ROUNDS, replaced: ROUNDS, removed: ROUNDS })
  }
}

async function prepare({ records }: Store): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const record = { id: String(round), owner: null, content: '', expiresAt: 4_102_444_800 }
    await records.create({ ...record, kind: 'replaced' })
    await records.create({ ...record, kind: 'removed' })
  }
}

t.test('one of four processes creates, replaces or removes a record', { timeout: 120_000 }, async (t) => {
  const oneWins = await fourProcesses(t)

  await t.test('SQLite', async (t) => {
    const file = path.join(t.testdir(), 'store.db')
    const store = sqlStore({ file })
    t.teardown(() => store.close())
    await store.migrate()
    await prepare(store)
    await oneWins(t, { file })
  })

  await t.test('PostgreSQL', { skip: noPostgres }, async (t) => {
    const { pool, schema } = newPostgres(t)
    const store = sqlStore({ pool, schema })
    await store.migrate()
    await prepare(store)
    await oneWins(t, { schema })
  })

  await t.test('MariaDB', { skip: noMariadb }, async (t) => {
    const { pool, database } = await newMariadb(t)
    const store = sqlStore({ pool })
    await store.migrate()
    await prepare(store)
    await oneWins(t, { database })
  })

  await t.test('Redis', { skip: noRedis }, async (t) => {
    const prefix = `${ownName}:records:`
    const client = ioredis()
    t.teardown(async () => {
      await clear(client, prefix)
      client.disconnect()
    })
    await prepare(redisStore({ client, prefix }))
    await oneWins(t, { prefix })
  })
})

for (const level of ['repeatable read', 'serializable']) {
  t.test(`PostgreSQL with the default isolation level "${level}"`, { skip: noPostgres }, async (t) => {
    const options = `-c default_transaction_isolation=${level.replace(' ', '\\ ')}`
    const store = sqlStore(newPostgres(t, { options }))
    await store.migrate()
    testRecordStore(
      (title, body) => t.test(title, body),
      () => store.records
    )
  })
}
