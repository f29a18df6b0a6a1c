import path from 'node:path'
import { Redis } from 'ioredis'
import mysql from 'mysql2/promise'
import pg from 'pg'
import t, { type Test } from 'tap'
import { clear, skipWithout, uniqueName } from '@latchkey/exact/servers'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { redisStore } from '@latchkey/store/redis'
import { sqlStore } from '@latchkey/store/sql'
import { accepted, ask, newKey, refused, serverWith } from './fixtures/server.ts'

/** Opens a store. Each call opens another one on the same data. */
type Open = () => Promise<Store>

const places: readonly [name: string, skip: string | false, place: (t: Test) => Promise<Open>][] = [
  [
    'memory',
    false,
    async () => {
      const store = memoryStore()
      return async () => store
    }
  ],
  [
    'SQLite',
    false,
    async (t) => {
      const file = path.join(t.testdir(), 'keys.sqlite')
      return async () => migrated(sqlStore({ file }))
    }
  ],
  [
    'PostgreSQL',
    await skipWithout('postgresql', 5432),
    async (t) => {
      const pool = new pg.Pool({ connectionString: 'postgres://postgres@127.0.0.1:5432/test' })
      const schema = uniqueName()
      t.teardown(async () => {
        await pool.query(`drop schema if exists ${schema} cascade`)
        await pool.end()
      })
      return async () => migrated(sqlStore({ pool, schema }))
    }
  ],
  [
    'MariaDB',
    await skipWithout('mariadb', 3306),
    async (t) => {
      const database = uniqueName()
      const admin = mysql.createPool({ uri: 'mysql://root@127.0.0.1:3306', connectionLimit: 1 })
      await admin.query(`create database ${database}`)
      const pool = mysql.createPool(`mysql://root@127.0.0.1:3306/${database}`)
      t.teardown(async () => {
        await pool.end()
        await admin.query(`drop database ${database}`)
        await admin.end()
      })
      return async () => migrated(sqlStore({ pool }))
    }
  ],
  [
    'Redis',
    await skipWithout('redis', 6379),
    async (t) => {
      const keyPrefix = `${uniqueName()}:`
      const client = new Redis({ host: '127.0.0.1', port: 6379, keyPrefix })
      const plain = new Redis({ host: '127.0.0.1', port: 6379 })
      t.teardown(async () => {
        await clear(plain, keyPrefix)
        client.disconnect()
        plain.disconnect()
      })
      return async () => redisStore({ client })
    }
  ]
]

async function migrated<Sql extends Store & { migrate(): Promise<unknown> }>(store: Sql): Promise<Sql> {
  await store.migrate()
  return store
}

for (const [name, skip, place] of places) {
  t.test(`keys outlive the process that created them: ${name}`, { skip }, async (t) => {
    const open = await place(t)
    const clock = { time: Math.floor(Date.now() / 1000) }
    const run = async () => {
      const store = await open()
      const app = await serverWith(t, { store, clock, options: { maxLifetime: false } })
      await app.ready()
      return { app, close: async () => app.close().then(() => store.close()) }
    }
    const before = await run()
    const [one, two] = [await newKey(before.app), await newKey(before.app, { name: 'zwei ' })]
    const expiring = await newKey(before.app, { expiresAt: clock.time + 5 })
    await newKey(before.app, { subject: 'Alice' })
    t.equal(one.expiresAt, null)
    await before.close()

    const after = await run()
    t.same(await ask(after.app, one.key), accepted)
    t.same(await ask(after.app, two.key), accepted)
    t.equal((await after.app.apiKeys.list('alice')).length, 3)
    // 20 requests and a revocation at once.
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, async () => ask(after.app, one.key)),
      after.app.apiKeys.revoke('alice', one.id).then((revoked) => ({ ...refused, revoked }))
    ])
    t.ok(answers.every(({ status }) => status === 200 || status === 401))
    t.same(await ask(after.app, one.key), refused)
    clock.time += 5
    t.same(await ask(after.app, expiring.key), refused)
    await after.close()

    const last = await run()
    t.same(await ask(last.app, one.key), refused)
    const [kept, ...others] = await last.app.apiKeys.list('alice')
    t.same(others, [])
    const { key: _, ...info } = two
    t.same({ ...kept, lastUsedAt: null }, info)
    t.equal(kept?.lastUsedAt, clock.time - 5)
    await last.app.apiKeys.revokeAll('alice')
    t.same(await ask(last.app, two.key), refused)
    t.equal((await last.app.apiKeys.list('Alice')).length, 1)
    await last.close()
  })
}
