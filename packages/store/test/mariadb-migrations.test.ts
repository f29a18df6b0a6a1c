import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { sqlStore } from '@latchkey/store/sql'
import { everyMethod } from './fixtures/every-method.ts'
import { intercepted, mariadbPool, newMariadb } from './fixtures/mariadb.ts'
import { noMariadb } from './fixtures/servers.ts'

t.test('MariaDB', { skip: noMariadb, timeout: 120_000 }, async (t) => {
  const { database } = await newMariadb(t)

  t.test('a migration that died at any of its statements is completed at the next start', async (t) => {
    const admin = mariadbPool(database).promise()
    let total = Number.POSITIVE_INFINITY
    for (let dies = 1; dies <= total; dies++) {
      await admin.query(`drop database ${database}`)
      await admin.query(`create database ${database}`)
      let statements = 0
      const pool = mariadbPool(database)
      const dying = sqlStore({
        // The statement takes effect, and its answer never arrives, as if the process was killed.
        pool: intercepted(pool, async (sql, ask, connection) => {
          const answer = await ask()
          if (/^\s*(?:select|set) /.test(sql) && !sql.includes('_lock(')) return answer
          if (++statements < dies) return answer
          connection.destroy()
          throw Object.assign(new Error('killed'), { code: 'PROTOCOL_CONNECTION_LOST' })
        })
      })
      const isComplete = await dying.migrate().then(
        () => true,
        () => false
      )
      if (isComplete) total = statements
      const store = sqlStore({ pool })
      await store.migrate()
      await store.check()
      await pool.promise().end()
    }
    t.ok(total > 18, `${total} statements`)

    const pool = mariadbPool(database)
    for (const [name, call] of everyMethod(sqlStore({ pool }))) await t.resolves(call(), name)
    const [rows] = await pool.promise().query('select name, value from latchkey_counter where value > 2')
    t.equal((rows as unknown[]).length, 1, 'each counter exists once')
    await pool.promise().end()
    await admin.end()
  })

  t.test('the error of a failed migration is not hidden by its lock', async (t) => {
    const { pool } = await newMariadb(t)
    const failing = sqlStore({
      pool: intercepted(pool, async (sql, ask) => {
        if (sql.startsWith('create table if not exists `latchkey_session`')) {
          throw Object.assign(new Error('no right'), { code: 'ER_TABLEACCESS_DENIED_ERROR' })
        }
        return ask()
      })
    })
    await rejectsLike(t, failing.migrate(), { statusCode: 503, cause: { message: 'ER_TABLEACCESS_DENIED_ERROR' } })
    await sqlStore({ pool }).migrate()
  })
})
