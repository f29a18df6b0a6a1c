import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { RowDataPacket } from 'mysql2'
import pg from 'pg'
import t, { type Test } from 'tap'
import { type SqlStore, sqlStore } from '@latchkey/store/sql'
import { testRefreshTokenStore } from '@latchkey/store/testing'
import { refreshToken } from './fixtures/expiring.ts'
import { lockIsAwaited, newMariadb } from './fixtures/mariadb.ts'
import { noMariadb, noPostgres, ownName, postgresPool } from './fixtures/servers.ts'

const LATER = 4_102_444_800

/** A first token in a family of its own, and its rotation. */
function family(name: string) {
  const token = refreshToken(`${name} 1`, LATER)
  const rotation = { hash: token.hash, sealedSuccessor: 's', successor: { ...token, hash: `${name} 2` } }
  return { token, rotation }
}

/** The number of calls that each method of the contract needs. */
async function roundTrips({ refreshTokens }: SqlStore, calls: () => readonly unknown[]): Promise<number[]> {
  await refreshTokens.start(family('before').token) // the first write removes expired rows
  const { token, rotation } = family('counted')
  calls()
  const counts: number[] = []
  await refreshTokens.start(token)
  counts.push(calls().length)
  await refreshTokens.find(token.hash)
  counts.push(calls().length)
  await refreshTokens.rotate(rotation)
  counts.push(calls().length)
  return counts
}

t.test('SQLite needs one message to start, to find and to rotate a refresh token', async (t) => {
  const store = sqlStore({ file: path.join(t.testdir(), 'store.db') })
  t.teardown(() => store.close())
  await store.migrate()
  const messages = t.capture(Worker.prototype, 'postMessage', Worker.prototype.postMessage)
  t.same(await roundTrips(store, messages), [1, 1, 1])
})

t.test('SQLite keeps a bounded number of prepared statements', async (t) => {
  const store = sqlStore({ file: ':memory:' })
  t.teardown(() => store.close())
  await store.migrate()
  for (let number = 1; number <= 210; number++) {
    const limits = Array.from({ length: number }, (_, index) => ({ key: `${index}` }))
    // Each number of limits is another statement.
    const { counts } = await store.throttle.reserve(limits, { window: 60, now: 1 })
    if (counts[0]?.count !== number) t.fail(`${number} limits`)
  }
  const { token, rotation } = family('last')
  await store.refreshTokens.start(token)
  t.equal(await store.refreshTokens.rotate(rotation), true)
})

t.test('PostgreSQL', { skip: noPostgres }, async (t) => {
  const schema = `${ownName}_r`
  const pool = postgresPool()
  const store = sqlStore({ pool, schema })
  await store.migrate()
  t.teardown(async () => {
    await pool.query(`drop schema ${schema} cascade`)
    await pool.end()
  })

  /** Begins to revoke the family of a token, without a commit, and waits until its rotation waits for that. */
  async function overtake(t: Test, name: string) {
    const { token, rotation } = family(name)
    await store.refreshTokens.start(token)
    const revoker = await pool.connect()
    t.teardown(() => revoker.release())
    await revoker.query('begin')
    await revoker.query(`delete from ${schema}.latchkey_refresh_family where id = $1`, [token.familyId])
    const rotated = store.refreshTokens.rotate(rotation)
    for (let waiting = false; !waiting; ) {
      const { rows } = await pool.query(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%${schema}%insert%'`
      )
      waiting = rows.length > 0
    }
    return { rotation, rotated, revoker }
  }

  t.test('one statement starts, one finds and one rotates a refresh token', async (t) => {
    const queries = t.capture(pg.Client.prototype, 'query', pg.Client.prototype.query)
    t.same(await roundTrips(store, queries), [1, 1, 1])
  })

  t.test('a rotation that waited for the revocation of its family changes nothing (SEC-80)', async (t) => {
    const { rotation, rotated, revoker } = await overtake(t, 'revoked')
    await revoker.query('commit')
    t.equal(await rotated, false)
    t.equal(await store.refreshTokens.find(rotation.hash), null)
    t.equal(await store.refreshTokens.find(rotation.successor.hash), null)
  })

  t.test('a rotation succeeds after a revocation that was undone, at a time after the wait (K13)', async (t) => {
    const { rotation, rotated, revoker } = await overtake(t, 'undone')
    const { rows } = await revoker.query<{ time: number }>(
      'select extract(epoch from clock_timestamp())::float8 as time'
    )
    await revoker.query('rollback')
    t.equal(await rotated, true)
    const used = await store.refreshTokens.find(rotation.hash)
    t.ok(Number(used?.usedAt) >= Math.floor(Number(rows[0]?.time)))
    t.equal((await store.refreshTokens.find(rotation.successor.hash))?.usedAt, null)
  })

  for (const level of ['repeatable read', 'serializable']) {
    await t.test(`with the default isolation level "${level}"`, async (t) => {
      const strict = postgresPool({ options: `-c default_transaction_isolation=${level.replace(' ', '\\ ')}` })
      t.teardown(() => strict.end())
      const { refreshTokens } = sqlStore({ pool: strict, schema })
      testRefreshTokenStore(
        (title, body) => t.test(title, body),
        () => refreshTokens
      )
    })
  }
})

t.test('MariaDB', { skip: noMariadb }, async (t) => {
  const mariadb = await newMariadb(t)
  const { pool } = mariadb
  const store = sqlStore({ pool })
  await store.migrate()

  /** Begins to revoke the family of a token, without a commit, and waits until its rotation waits for that. */
  async function overtake(t: Test, name: string) {
    const { token, rotation } = family(name)
    await store.refreshTokens.start(token)
    const revoker = await pool.promise().getConnection()
    t.teardown(() => revoker.release())
    await revoker.query('begin')
    await revoker.query(`delete from latchkey_refresh_family where id = ?`, [token.familyId])
    const rotated = store.refreshTokens.rotate(rotation)
    await lockIsAwaited(mariadb)
    return { rotation, rotated, revoker }
  }

  t.test('a rotation that waited for the revocation of its family changes nothing (SEC-80)', async (t) => {
    const { rotation, rotated, revoker } = await overtake(t, 'revoked')
    await revoker.query('commit')
    t.equal(await rotated, false)
    t.equal(await store.refreshTokens.find(rotation.hash), null)
    t.equal(await store.refreshTokens.find(rotation.successor.hash), null)
  })

  t.test('a rotation succeeds after a revocation that was undone, at a time after the wait (K13)', async (t) => {
    const { rotation, rotated, revoker } = await overtake(t, 'undone')
    const [rows] = await revoker.query<RowDataPacket[]>('select unix_timestamp() as time')
    await revoker.query('rollback')
    t.equal(await rotated, true)
    const used = await store.refreshTokens.find(rotation.hash)
    t.ok(Number(used?.usedAt) >= Number(rows[0]?.time))
    t.equal((await store.refreshTokens.find(rotation.successor.hash))?.usedAt, null)
  })
})
