import pg from 'pg'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { StoreUnavailableError } from '@latchkey/store'
import { sqlStore } from '@latchkey/store/sql'
import { testEveryContract } from './fixtures/every-contract.ts'
import { noPostgres, ownName, postgresPool } from './fixtures/servers.ts'

if (noPostgres !== false) {
  t.pass('skipped', { skip: noPostgres })
} else {
  const pool = postgresPool()
  const store = sqlStore({ pool, schema: ownName })
  t.before(() => store.migrate())
  t.teardown(async () => {
    await store.close()
    await pool.query(`drop schema if exists ${ownName} cascade`)
    await pool.end()
  })

  testEveryContract(() => store)
}

type Query = (text: string, values: unknown[]) => Promise<unknown>

// One overload of several.
function connectOf(pool: pg.Pool): () => Promise<pg.PoolClient> {
  return pool.connect.bind(pool) as () => Promise<pg.PoolClient>
}

function queryOf(client: pg.PoolClient): Query {
  return client.query.bind(client)
}

t.test('PostgreSQL', { skip: noPostgres }, async (t) => {
  const schema = `${ownName}_p`
  const pool = postgresPool()
  const store = sqlStore({ pool, schema })
  await store.migrate()
  t.teardown(async () => {
    await pool.query(`drop schema ${schema} cascade`)
    await pool.end()
  })

  t.test('the feed shows no revocation before an earlier one is committed (SEC-81)', async (t) => {
    let letCommit = (): void => {}
    const held = new Promise<void>((resolve) => {
      letCommit = resolve
    })
    let atCommit = (): void => {}
    const reached = new Promise<void>((resolve) => {
      atCommit = resolve
    })
    const slowPool = postgresPool({ max: 1 })
    const connect = connectOf(slowPool)
    const slow = sqlStore({
      schema,
      pool: Object.assign(slowPool, {
        async connect() {
          const client = await connect()
          const query = queryOf(client)
          const patched: Query = async (text, values) => {
            if (text === 'commit') {
              atCommit()
              await held
            }
            return query(text, values)
          }
          return { query: patched, on() {}, off() {}, release: () => client.release() }
        }
      }) // connect() without its callback
    })
    const { cursor } = await store.revocations.since(null)
    const first = slow.revocations.revoke({ kind: 'token', id: 'first', revokedAt: 1, expiresAt: 4_102_444_800 })
    await reached
    const second = store.revocations.revoke({ kind: 'token', id: 'second', revokedAt: 1, expiresAt: 4_102_444_800 })
    for (let waiting = false; !waiting; ) {
      const { rows } = await pool.query(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%${schema}%counter%'`
      )
      waiting = rows.length > 0
    }
    const between = await store.revocations.since(cursor)
    t.same(between.revocations, [], 'the second revocation waits for the first')
    letCommit()
    await Promise.all([first, second])
    const page = await store.revocations.since(between.cursor)
    t.same(
      page.revocations.map(({ id }) => id),
      ['first', 'second']
    )
    await slowPool.end()
  })

  t.test('repeats a transaction after a deadlock twice, and then rejects with 503', async (t) => {
    for (const { losses, name } of [
      { losses: 2, name: 'two losses' },
      { losses: 3, name: 'three losses' }
    ]) {
      const losing = postgresPool({ max: 1 })
      const connect = connectOf(losing)
      let left = losses
      const loser = sqlStore({
        schema,
        pool: Object.assign(losing, {
          async connect() {
            const client = await connect()
            const query = queryOf(client)
            const patched: Query = async (text, values) => {
              if (text === 'commit' && left-- > 0) throw Object.assign(new Error('deadlock'), { code: '40P01' })
              return query(text, values)
            }
            return { query: patched, on() {}, off() {}, release: () => client.release() }
          }
        }) // connect() without its callback
      })
      const revoked = loser.revocations.revoke({ kind: 'token', id: name, revokedAt: 1, expiresAt: 4_102_444_800 })
      if (losses < 3) await revoked
      else await t.rejects(revoked, StoreUnavailableError)
      const { revocations } = await store.revocations.since(null)
      t.equal(
        revocations.some(({ id }) => id === name),
        losses < 3
      )
      await losing.end()
    }
  })

  t.test('a connection that breaks between two statements gives 503, and is not used again (FAULT-12)', async (t) => {
    const breaking = postgresPool({ max: 1 })
    const connect = connectOf(breaking)
    const store = sqlStore({
      schema,
      pool: Object.assign(breaking, {
        async connect() {
          const client = await connect()
          const { release } = client
          const query = queryOf(client)
          return Object.assign(client, {
            release: release.bind(client),
            async query(text: string, values: unknown[]) {
              const result = await query(text, values)
              if (text.startsWith('insert')) client.emit('error', new Error('broken'))
              return result
            }
          })
        }
      }) // connect() without its callback
    })
    const key = { kid: 'of a broken connection', key: '{}', activeFrom: 0, expiresAt: 1 }
    await rejectsLike(t, store.signingKeys.add(key, 0), { statusCode: 503, cause: { message: 'connection lost' } })
    t.equal(breaking.totalCount, 0)
    t.same(await sqlStore({ pool, schema }).signingKeys.list(), { generation: 0, keys: [] })
    await breaking.end()
  })

  t.test('positions increase after the database was restored to an earlier state (FAULT-18)', async (t) => {
    await store.revocations.revoke({ kind: 'family', id: 'before', revokedAt: 1, expiresAt: 4_102_444_800 })
    const { cursor } = await store.revocations.since(null)
    await pool.query(`update ${schema}.latchkey_counter set value = 5 where name = 'revocations'`)
    await store.revocations.revoke({ kind: 'family', id: 'after', revokedAt: 1, expiresAt: 4_102_444_800 })
    t.same(
      (await store.revocations.since(cursor)).revocations.map(({ id }) => id),
      ['after']
    )
  })

  t.test('reads numbers with any parser of the pool', async (t) => {
    for (const parse of [String, BigInt, Number]) {
      const types = new pg.TypeOverrides()
      types.setTypeParser(pg.types.builtins.INT8, (text): unknown => parse(text))
      const own = postgresPool({ types })
      const { throttle } = sqlStore({ pool: own, schema })
      const { counts } = await throttle.reserve([{ key: parse.name }], { window: 60, now: 1 })
      t.same(counts, [{ count: 1, resetsAt: 61 }])
      await own.end()
    }
  })
})
