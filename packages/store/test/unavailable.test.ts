import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { createClient } from 'redis'
import { type Store, StoreUnavailableError } from '@latchkey/store'
import { redisStore } from '@latchkey/store/redis'
import { sqlStore } from '@latchkey/store/sql'
import { everyMethod } from './fixtures/every-method.ts'
import { newPostgres } from './fixtures/postgres.ts'
import { proxyTo } from './fixtures/proxy.ts'
import { ioredis, noPostgres, noRedis, ownName, postgresPool } from './fixtures/servers.ts'

async function unavailable(t: Test, call: () => Promise<unknown>, name: string): Promise<void> {
  const error: unknown = await call().then(
    () => undefined,
    (error: unknown) => error
  )
  like(t, error, { name: 'StoreUnavailableError', statusCode: 503, code: 'LATCHKEY_STORE_UNAVAILABLE' }, name)
  const { message, cause } = error as Error
  t.notMatch(`${message} ${String(cause)}`, /127\.0\.0\.1|secret|5432|6379|postgres:/, name)
}

async function everythingIsUnavailable(t: Test, store: Store): Promise<void> {
  for (const [name, call] of everyMethod(store)) await unavailable(t, call, name)
}

async function closedPort(): Promise<number> {
  const proxy = await proxyTo(1)
  await proxy.stop()
  return proxy.port
}

t.test('every method gives 503 when PostgreSQL is not running (FAULT-12, FAULT-13, FAULT-14)', async (t) => {
  const pool = postgresPool({ connectionString: `postgres://user:secret@127.0.0.1:${await closedPort()}/secret` })
  t.teardown(() => pool.end())
  await everythingIsUnavailable(t, sqlStore({ pool }))
})

t.test('every method gives 503 when Redis is not running, with ioredis (FAULT-12, FAULT-13, FAULT-14)', async (t) => {
  const client = ioredis({ port: await closedPort(), password: 'secret', enableOfflineQueue: false })
  t.teardown(() => client.disconnect())
  await everythingIsUnavailable(t, redisStore({ client }))
})

t.test('every method gives 503 when Redis is not running, with redis (FAULT-12, FAULT-13, FAULT-14)', async (t) => {
  const client = createClient({ url: `redis://:secret@127.0.0.1:${await closedPort()}`, disableOfflineQueue: true })
  const store = redisStore({ client })
  client.connect().catch(() => {})
  t.teardown(() => client.destroy())
  await everythingIsUnavailable(t, store)
})

t.test('a call gives 503 after the timeout when the client queues its command (FAULT-12)', async (t) => {
  const client = ioredis({ port: await closedPort(), maxRetriesPerRequest: null })
  t.teardown(() => client.disconnect())
  const store = redisStore({ client, timeout: 20 })
  await rejectsLike(t, store.refreshTokens.find('hash'), { statusCode: 503, cause: { message: 'no answer in time' } })
})

t.test('a call gives 503 after the timeout when the pool gives no connection (FAULT-12)', async (t) => {
  const released: unknown[] = []
  let give: (connection: object) => void = () => {}
  const late = new Promise<object>((resolve) => {
    give = resolve
  })
  const connection = { release: (discard?: unknown) => released.push(discard), on: () => {}, off: () => {} }
  const pool = { connect: () => late, on: () => {}, off: () => {} }
  // This connection is never used.
  const store = sqlStore({ pool: pool as unknown as ReturnType<typeof postgresPool>, timeout: 20 })
  await rejectsLike(t, async () => store.sessions.find('id'), {
    statusCode: 503,
    cause: { message: 'no answer in time' }
  })
  give(connection)
  await setImmediate()
  t.same(released, [false], 'a late connection is released')
})

t.test('an idle connection that breaks does not end the process (FAULT-30)', async (t) => {
  const [pool, client] = [postgresPool(), ioredis({ lazyConnect: true })]
  const stores = [sqlStore({ pool }), redisStore({ client })]
  t.doesNotThrow(() => pool.emit('error', new Error('broken'), {}))
  t.doesNotThrow(() => client.emit('error', new Error('broken')))
  for (const store of stores) await store.close()
  await pool.end()
  client.disconnect()
})

t.test('every method of a closed store gives 503', async (t) => {
  const pool = postgresPool()
  const client = ioredis({ lazyConnect: true })
  const stores = [sqlStore({ file: path.join(t.testdir(), 'store.db') }), sqlStore({ pool }), redisStore({ client })]
  for (const store of stores) {
    await store.close()
    await store.close()
    await everythingIsUnavailable(t, store)
  }
  t.equal(pool.ended, false, 'the given pool is not ended')
  t.equal(pool.listenerCount('error') + client.listenerCount('error'), 0)
  await pool.end()
  client.disconnect()
})

t.test('missing tables give 503, and the cause names the fix', async (t) => {
  const store = sqlStore({ file: ':memory:' })
  await rejectsLike(t, async () => store.sessions.find('id'), {
    statusCode: 503,
    cause: { message: 'its tables are missing: call store.migrate()' }
  })
  await store.close()
})

t.test('PostgreSQL', { skip: noPostgres }, async (t) => {
  const { pool: admin, schema } = newPostgres(t, { max: 1 })
  await sqlStore({ pool: admin, schema }).migrate()

  t.test('a broken connection gives 503, and the next one works (FAULT-12, FAULT-30)', async (t) => {
    const proxy = await proxyTo(5432)
    const pool = postgresPool({ connectionString: `postgres://postgres@127.0.0.1:${proxy.port}/test` })
    const store = sqlStore({ pool, schema })
    await store.sessions.find('id')
    await proxy.stop()
    await unavailable(t, async () => store.sessions.find('id'), 'refused')
    await proxy.start()
    t.equal(await store.sessions.find('id'), null)
    await pool.end()
    await proxy.stop()
  })

  t.test('a server that stops answering gives 503 in time, and its connection is discarded (FAULT-12)', async (t) => {
    const proxy = await proxyTo(5432)
    const pool = postgresPool({ connectionString: `postgres://postgres@127.0.0.1:${proxy.port}/test` })
    const store = sqlStore({ pool, schema, timeout: 200 })
    await store.sessions.find('id')
    t.equal(pool.totalCount, 1)
    proxy.hang()
    await rejectsLike(t, async () => store.sessions.find('id'), {
      statusCode: 503,
      cause: { message: 'no answer in time' }
    })
    t.equal(pool.totalCount, 0)
    await proxy.stop()
    await pool.end()
  })

  t.test('a connection that ends within a transaction gives 503, and the process continues (FAULT-12)', async (t) => {
    const pool = postgresPool({ max: 1 })
    const [first] = (await pool.query('select pg_backend_pid() as pid')).rows
    const blocker = await admin.connect()
    await blocker.query('begin')
    await blocker.query(`select * from ${schema}.latchkey_counter for update`)
    const store = sqlStore({ pool, schema })
    const added = t.rejects(
      store.signingKeys.add({ kid: 'a', key: '{}', activeFrom: 0, expiresAt: 1 }, 0),
      StoreUnavailableError
    )
    let ended = false
    while (!ended) {
      const { rows } = await blocker.query(
        `select pg_terminate_backend(pid) as ended from pg_stat_activity where pid = ${first.pid} and wait_event_type = 'Lock'`
      )
      ended = rows[0]?.ended === true
    }
    await added
    await blocker.query('rollback')
    blocker.release()
    t.same(await store.signingKeys.list(), { generation: 0, keys: [] })
    await pool.end()
  })
})

t.test('Redis', { skip: noRedis }, async (t) => {
  t.test('a broken or hanging connection gives 503, and the next one works (FAULT-12, FAULT-30)', async (t) => {
    const proxy = await proxyTo(6379)
    const client = ioredis({ port: proxy.port, retryStrategy: () => 10 })
    const store = redisStore({ client, prefix: `${ownName}:u:`, timeout: 300 })
    t.equal(await store.sessions.find('id'), null)
    proxy.hang()
    await rejectsLike(t, async () => store.sessions.find('id'), {
      statusCode: 503,
      cause: { message: 'no answer in time' }
    })
    await proxy.stop()
    await unavailable(t, async () => store.sessions.find('id'), 'cut')
    await proxy.start()
    if (client.status !== 'ready') await new Promise((resolve) => client.once('ready', resolve))
    t.equal(await store.sessions.find('id'), null)
    client.disconnect()
    await proxy.stop()
  })

  t.test('reports only the code of an error of Redis', async (t) => {
    const client = ioredis()
    const wrongKind = `${ownName}:w:session:secret`
    await client.set(wrongKind, 'text', 'EX', 60)
    const store = redisStore({ client, prefix: `${ownName}:w:` })
    await rejectsLike(t, async () => store.sessions.find('secret'), {
      statusCode: 503,
      cause: { message: 'WRONGTYPE' }
    })
    await client.del(wrongKind)
    client.disconnect()
  })
})
