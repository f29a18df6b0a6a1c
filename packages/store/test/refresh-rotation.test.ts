import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { RowDataPacket } from 'mysql2'
import pg from 'pg'
import t, { type Test } from 'tap'
import { type SqlStore, sqlStore } from '@latchkey/store/sql'
import { testRefreshTokenStore } from '@latchkey/store/testing'
import { refreshToken } from './fixtures/expiring.ts'
import { lockIsAwaited as lockOfMariadbIsAwaited, newMariadb } from './fixtures/mariadb.ts'
import { lockIsAwaited, newPostgres } from './fixtures/postgres.ts'
import { noMariadb, noPostgres, postgresPool } from './fixtures/servers.ts'

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
  const { pool, schema } = newPostgres(t)
  const store = sqlStore({ pool, schema })
  await store.migrate()

  t.test('one statement starts, one finds and one rotates a refresh token', async (t) => {
    const queries = t.capture(pg.Client.prototype, 'query', pg.Client.prototype.query)
    t.same(await roundTrips(store, queries), [1, 1, 1])
  })

  overtakenRotations(t, store, {
    async connect(t) {
      const client = await pool.connect()
      t.teardown(() => client.release())
      return async (text) => (await client.query(text)).rows
    },
    family: `${schema}.latchkey_refresh_family`,
    time: 'select extract(epoch from clock_timestamp())::float8 as time',
    isAwaited: () => lockIsAwaited(pool, schema)
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
  const store = sqlStore({ pool: mariadb.pool })
  await store.migrate()
  overtakenRotations(t, store, {
    async connect(t) {
      const connection = await mariadb.pool.promise().getConnection()
      t.teardown(() => connection.release())
      return async (text) => (await connection.query<RowDataPacket[]>(text))[0]
    },
    family: 'latchkey_refresh_family',
    time: 'select unix_timestamp() as time',
    isAwaited: () => lockOfMariadbIsAwaited(mariadb)
  })
})

/** A database whose rows can be locked. */
interface Locking {
  /** Returns a function that runs statements on one connection, and returns the rows. */
  connect(t: Test): Promise<(text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>>
  readonly family: string
  readonly time: string
  isAwaited(): Promise<void>
}

function overtakenRotations(
  t: Test,
  { refreshTokens }: SqlStore,
  { connect, family: table, time, isAwaited }: Locking
) {
  /** Begins to revoke the family of a token, without a commit, and waits until its rotation waits for that. */
  async function overtake(t: Test, name: string) {
    const { token, rotation } = family(name)
    await refreshTokens.start(token)
    const revoker = await connect(t)
    await revoker('begin')
    await revoker(`delete from ${table} where id = '${token.familyId}'`)
    const rotated = refreshTokens.rotate(rotation)
    await isAwaited()
    return { rotation, rotated, revoker }
  }

  t.test('a rotation that waited for the revocation of its family changes nothing (SEC-80)', async (t) => {
    const { rotation, rotated, revoker } = await overtake(t, 'revoked')
    await revoker('commit')
    t.equal(await rotated, false)
    t.equal(await refreshTokens.find(rotation.hash), null)
    t.equal(await refreshTokens.find(rotation.successor.hash), null)
  })

  t.test('a rotation succeeds after a revocation that was undone, at a time after the wait (K13)', async (t) => {
    const { rotation, rotated, revoker } = await overtake(t, 'undone')
    const [row] = await revoker(time)
    await revoker('rollback')
    t.equal(await rotated, true)
    const used = await refreshTokens.find(rotation.hash)
    t.ok(Number(used?.usedAt) >= Math.floor(Number(row?.['time'])))
    t.equal((await refreshTokens.find(rotation.successor.hash))?.usedAt, null)
  })
}
