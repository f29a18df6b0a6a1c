import type { PoolConnection } from 'mysql2'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { StoreUnavailableError } from '@latchkey/store'
import { sqlStore } from '@latchkey/store/sql'
import { everyMethod } from './fixtures/every-method.ts'
import { intercepted, lockIsAwaited, mariadbPool, newMariadb } from './fixtures/mariadb.ts'
import { proxyTo } from './fixtures/proxy.ts'
import { noMariadb } from './fixtures/servers.ts'

const PORT = 3306
const KEY = { kid: 'a', key: '{}', activeFrom: 0, expiresAt: 1 }

t.test('every method gives 503 when MariaDB is not running (FAULT-12, FAULT-13, FAULT-14)', async (t) => {
  const proxy = await proxyTo(1)
  await proxy.stop()
  const pool = mariadbPool('secret', { host: '127.0.0.1', port: proxy.port, user: 'user', password: 'secret' })
  t.teardown(() => pool.promise().end())
  for (const [name, call] of everyMethod(sqlStore({ pool }))) {
    await rejectsLike(
      t,
      call(),
      {
        name: 'StoreUnavailableError',
        statusCode: 503,
        code: 'LATCHKEY_STORE_UNAVAILABLE',
        message: 'The store does not answer',
        cause: { message: 'ECONNREFUSED' }
      },
      name
    )
  }
})

t.test('every method of a closed store gives 503, and the pool stays open', { skip: noMariadb }, async (t) => {
  const pool = mariadbPool('')
  t.teardown(() => pool.promise().end())
  const store = sqlStore({ pool })
  await store.close()
  await store.close()
  for (const [name, call] of everyMethod(store)) {
    await rejectsLike(t, call(), { statusCode: 503, cause: { message: 'closed' } }, name)
  }
  await t.resolves(pool.promise().query('select 1'))
})

t.test('MariaDB', { skip: noMariadb }, async (t) => {
  const mariadb = await newMariadb(t)
  const { pool: admin, database } = mariadb
  const through = (port: number) => mariadbPool(database, { uri: `mysql://root@127.0.0.1:${port}/${database}` })

  t.test('missing tables give 503, and the cause names the fix', async (t) => {
    await rejectsLike(t, async () => sqlStore({ pool: admin }).sessions.find('id'), {
      statusCode: 503,
      cause: { message: 'its tables are missing: call store.migrate()' }
    })
    await sqlStore({ pool: admin }).migrate()
  })

  t.test('reports only the code of an error of the server', async (t) => {
    const pool = mariadbPool(database, { uri: `mysql://stranger:secret@127.0.0.1:${PORT}/${database}` })
    await rejectsLike(t, async () => sqlStore({ pool }).sessions.find('id'), {
      message: 'The store does not answer',
      cause: { message: 'ER_ACCESS_DENIED_ERROR' }
    })
    await pool.promise().end()
  })

  t.test('a broken connection gives 503, and the next one works (FAULT-12, FAULT-30)', async (t) => {
    const proxy = await proxyTo(PORT)
    const pool = through(proxy.port)
    const store = sqlStore({ pool })
    await store.sessions.find('id')
    await proxy.stop()
    await t.rejects(Promise.resolve(store.sessions.find('id')), StoreUnavailableError)
    await proxy.start()
    t.equal(await store.sessions.find('id'), null)
    await pool.promise().end()
    await proxy.stop()
  })

  t.test('a server that stops answering gives 503 in time, and its connection is discarded (FAULT-12)', async (t) => {
    const proxy = await proxyTo(PORT)
    const pool = through(proxy.port)
    const ids: number[] = []
    const watched = intercepted(pool, async (_, ask, { threadId }) => {
      ids.push(threadId)
      return ask()
    })
    const store = sqlStore({ pool: watched, timeout: 200 })
    await store.sessions.find('id')
    proxy.hang()
    await rejectsLike(t, async () => store.sessions.find('id'), {
      statusCode: 503,
      cause: { message: 'no answer in time' }
    })
    await proxy.stop()
    await proxy.start()
    t.equal(await store.sessions.find('id'), null)
    t.not(ids.at(-1), ids[0])
    await pool.promise().end()
    await proxy.stop()
  })

  t.test('a pool that gives no connection gives 503 in time, and a late connection is returned', async (t) => {
    const pool = mariadbPool(database, { connectionLimit: 1 })
    const held = await pool.promise().getConnection()
    const store = sqlStore({ pool, timeout: 20 })
    await rejectsLike(t, async () => store.sessions.find('id'), {
      statusCode: 503,
      cause: { message: 'no answer in time' }
    })
    held.release()
    t.equal(await sqlStore({ pool }).sessions.find('id'), null)
    await pool.promise().end()
  })

  t.test('a connection that ends within a transaction gives 503, and the process continues (FAULT-12)', async (t) => {
    const pool = mariadbPool(database, { connectionLimit: 1 })
    const first = await pool.promise().getConnection()
    const { threadId } = first
    first.release()
    const blocker = await admin.promise().getConnection()
    await blocker.query('begin')
    await blocker.query('select * from latchkey_counter for update')
    const store = sqlStore({ pool })
    const added = t.rejects(store.signingKeys.add(KEY, 0), StoreUnavailableError)
    await lockIsAwaited(mariadb)
    await blocker.query(`kill ${threadId}`)
    await added
    await blocker.query('rollback')
    blocker.release()
    t.same(await store.signingKeys.list(), { generation: 0, keys: [] })
    await pool.promise().end()
  })

  t.test('a change that waits too long for a lock gives 503, and is undone (FAULT-12)', async (t) => {
    const blocker = await admin.promise().getConnection()
    await blocker.query('begin')
    await blocker.query('select * from latchkey_counter for update')
    const store = sqlStore({ pool: admin, timeout: 200 })
    await rejectsLike(t, store.signingKeys.add(KEY, 0), { statusCode: 503, cause: { message: 'no answer in time' } })
    await blocker.query('rollback')
    blocker.release()
    t.same(await store.signingKeys.list(), { generation: 0, keys: [] })
    t.equal(await store.signingKeys.add(KEY, 0), true)
  })

  t.test('a lent connection that emits an error does not end the process (FAULT-30)', async (t) => {
    const pool = mariadbPool(database, { connectionLimit: 1 })
    let lent: PoolConnection | undefined
    pool.on('acquire', (connection) => (lent = connection))
    const blocker = await admin.promise().getConnection()
    await blocker.query('begin')
    await blocker.query('select * from latchkey_counter for update')
    const added = sqlStore({ pool }).signingKeys.add({ ...KEY, kid: 'b' }, 7)
    await lockIsAwaited(mariadb)
    t.doesNotThrow(() => lent?.emit('error', new Error('broken')))
    await blocker.query('rollback')
    blocker.release()
    t.equal(await added, false)
    lent?.destroy() // the pool has forgotten it
    await pool.promise().end()
  })

  t.test('an idle connection that breaks does not end the process (FAULT-30)', async (t) => {
    const pool = mariadbPool(database, { connectionLimit: 1 })
    const store = sqlStore({ pool })
    await store.sessions.find('id')
    const connection = await pool.promise().getConnection()
    const { threadId } = connection
    const ended = new Promise((resolve) => connection.once('end', resolve))
    connection.release()
    await admin.promise().query(`kill ${threadId}`)
    await ended
    t.equal(await store.sessions.find('id'), null)
    await pool.promise().end()
  })
})
