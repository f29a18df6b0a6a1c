import pg from 'pg'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { StoreUnavailableError } from '@latchkey/store'
import { sqlStore } from '@latchkey/store/sql'
import { testEveryContract } from './fixtures/every-contract.ts'
import { intercepted, lockIsAwaited, newPostgres } from './fixtures/postgres.ts'
import { noPostgres, postgresPool } from './fixtures/servers.ts'

if (noPostgres !== false) {
  t.pass('skipped', { skip: noPostgres })
} else {
  const store = sqlStore(newPostgres(t))
  t.before(() => store.migrate())
  t.teardown(() => store.close())

  testEveryContract(() => store)
}

t.test('PostgreSQL', { skip: noPostgres }, async (t) => {
  const { pool, schema } = newPostgres(t)
  const store = sqlStore({ pool, schema })
  await store.migrate()

  t.test('the feed shows no revocation before an earlier one is committed (SEC-81)', async (t) => {
    let letCommit = (): void => {}
    const held = new Promise<void>((resolve) => (letCommit = resolve))
    let atCommit = (): void => {}
    const reached = new Promise<void>((resolve) => (atCommit = resolve))
    const slow = sqlStore({
      schema,
      pool: intercepted(pool, async (text, ask) => {
        if (text === 'commit') {
          atCommit()
          await held
        }
        return ask()
      })
    })
    const { cursor } = await store.revocations.since(null)
    const first = slow.revocations.revoke({ kind: 'token', id: 'first', revokedAt: 1, expiresAt: 4_102_444_800 })
    await reached
    const second = store.revocations.revoke({ kind: 'token', id: 'second', revokedAt: 1, expiresAt: 4_102_444_800 })
    await lockIsAwaited(pool, schema)
    const between = await store.revocations.since(cursor)
    t.same(between.revocations, [], 'the second revocation waits for the first')
    letCommit()
    await Promise.all([first, second])
    const page = await store.revocations.since(between.cursor)
    t.same(
      page.revocations.map(({ id }) => id),
      ['first', 'second']
    )
  })

  t.test('repeats a transaction after a deadlock twice, and then rejects with 503', async (t) => {
    for (const losses of [2, 3]) {
      let left = losses
      const loser = sqlStore({
        schema,
        pool: intercepted(pool, async (text, ask) => {
          if (text === 'commit' && left-- > 0) throw Object.assign(new Error('deadlock'), { code: '40P01' })
          return ask()
        })
      })
      const id = `${losses} losses`
      const revoked = loser.revocations.revoke({ kind: 'token', id, revokedAt: 1, expiresAt: 4_102_444_800 })
      if (losses < 3) await revoked
      else await t.rejects(revoked, StoreUnavailableError)
      const { revocations } = await store.revocations.since(null)
      t.equal(
        revocations.some((revocation) => revocation.id === id),
        losses < 3
      )
    }
  })

  t.test('a connection that breaks between two statements gives 503, and is not used again (FAULT-12)', async (t) => {
    const breaking = postgresPool({ max: 1 })
    const broken = sqlStore({
      schema,
      pool: intercepted(breaking, async (text, ask, client) => {
        const result = await ask()
        if (text.startsWith('insert')) client.emit('error', new Error('broken'))
        return result
      })
    })
    const key = { kid: 'of a broken connection', key: '{}', activeFrom: 0, expiresAt: 1 }
    await rejectsLike(t, broken.signingKeys.add(key, 0), { statusCode: 503, cause: { message: 'connection lost' } })
    t.equal(breaking.totalCount, 0)
    t.same(await store.signingKeys.list(), { generation: 0, keys: [] })
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
