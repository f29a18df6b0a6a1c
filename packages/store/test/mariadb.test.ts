import type mysql from 'mysql2'
import promises from 'mysql2/promise'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { StoreUnavailableError } from '@latchkey/store'
import { sqlStore } from '@latchkey/store/sql'
import { testEveryContract } from './fixtures/every-contract.ts'
import { intercepted, lockIsAwaited, mariadbPool, newMariadb } from './fixtures/mariadb.ts'
import { MARIADB, noMariadb } from './fixtures/servers.ts'

const LATER = 4_102_444_800

if (noMariadb !== false) {
  t.pass('skipped', { skip: noMariadb })
} else {
  const { pool } = await newMariadb(t)
  const store = sqlStore({ pool })
  t.before(() => store.migrate())
  testEveryContract(() => store)
}

t.test('MariaDB', { skip: noMariadb }, async (t) => {
  const mariadb = await newMariadb(t)
  const { pool, database } = mariadb
  const store = sqlStore({ pool })
  await store.migrate()

  /** A pool whose statements run through a function, from the first one of a revocation. Before it, expired rows are deleted. */
  function revokingPool(around: Parameters<typeof intercepted>[1]) {
    let revoking = false
    return intercepted(pool, async (sql, ask, connection) => {
      revoking ||= sql.startsWith('update `latchkey_counter`')
      return revoking ? around(sql, ask, connection) : ask()
    })
  }

  t.test('takes a pool of mysql2/promise', async (t) => {
    const pool = promises.createPool(`${MARIADB}/${database}`)
    const other = sqlStore({ pool })
    await other.sessions.touch('id', 1)
    await other.close()
    await pool.query('select 1')
    await t.rejects(other.refreshTokens.find('hash'), StoreUnavailableError)
    await pool.end()
  })

  t.test('the feed shows no revocation before an earlier one is committed (SEC-81)', async (t) => {
    let letCommit = (): void => {}
    const held = new Promise<void>((resolve) => (letCommit = resolve))
    let atCommit = (): void => {}
    const reached = new Promise<void>((resolve) => (atCommit = resolve))
    const slow = sqlStore({
      pool: revokingPool(async (sql, ask) => {
        if (sql === 'commit') {
          atCommit()
          await held
        }
        return ask()
      })
    })
    const { cursor } = await store.revocations.since(null)
    const first = slow.revocations.revoke({ kind: 'token', id: 'first', revokedAt: 1, expiresAt: LATER })
    await reached
    const second = store.revocations.revoke({ kind: 'token', id: 'second', revokedAt: 1, expiresAt: LATER })
    await lockIsAwaited(mariadb)
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

  for (const code of ['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT']) {
    t.test(`repeats a transaction after ${code} nine times, and then rejects with 503`, async (t) => {
      for (const losses of [9, 10]) {
        let left = losses
        const loser = sqlStore({
          pool: revokingPool(async (sql, ask) => {
            if (sql === 'commit' && left-- > 0) throw Object.assign(new Error('conflict'), { code })
            return ask()
          })
        })
        const id = `${code} ${losses}`
        const revoked = loser.revocations.revoke({ kind: 'token', id, revokedAt: 1, expiresAt: LATER })
        if (losses < 10) await revoked
        else await t.rejects(revoked, StoreUnavailableError)
        const { revocations } = await store.revocations.since(null)
        t.equal(
          revocations.some((revocation) => revocation.id === id),
          losses < 10
        )
      }
    })

    t.test(`repeats a single statement after ${code} four times, and then rejects with 503`, async (t) => {
      for (const losses of [4, 5]) {
        let left = losses
        const loser = sqlStore({
          pool: intercepted(pool, async (sql, ask) => {
            if (sql.startsWith('delete') && left-- > 0) throw Object.assign(new Error('conflict'), { code })
            return ask()
          })
        })
        const id = `${code} ${losses}`
        const times = { createdAt: 0, lastSeenAt: 0, expiresAt: LATER }
        await store.sessions.create({ id, subject: 's', label: null, upstream: null, ...times })
        const ended = loser.sessions.end(id)
        if (losses < 5) await ended
        else await t.rejects(ended, StoreUnavailableError)
        t.equal((await store.sessions.find(id)) === null, losses < 5)
      }
    })
  }

  t.test('repeats no transaction after the time limit', async (t) => {
    const { now } = performance
    let passed = 0
    let commits = 0
    performance.now = () => now.call(performance) + passed
    t.teardown(() => {
      performance.now = now
    })
    const loser = sqlStore({
      timeout: 60_000,
      pool: revokingPool(async (sql, ask) => {
        if (sql !== 'commit') return ask()
        commits += 1
        passed += 45_000
        throw Object.assign(new Error('conflict'), { code: 'ER_LOCK_WAIT_TIMEOUT' })
      })
    })
    const revoked = loser.revocations.revoke({ kind: 'token', id: 'late', revokedAt: 1, expiresAt: LATER })
    await t.rejects(revoked, StoreUnavailableError)
    t.equal(commits, 2)
  })

  t.test('positions increase after the database was restored to an earlier state (FAULT-18)', async (t) => {
    await store.revocations.revoke({ kind: 'family', id: 'before', revokedAt: 1, expiresAt: LATER })
    const { cursor } = await store.revocations.since(null)
    await pool.promise().query(`update latchkey_counter set value = 5 where name = 'revocations'`)
    await store.revocations.revoke({ kind: 'family', id: 'after', revokedAt: 1, expiresAt: LATER })
    t.same(
      (await store.revocations.since(cursor)).revocations.map(({ id }) => id),
      ['after']
    )
  })

  t.test('keeps identifiers of 2048 bytes, and refuses longer ones in place of cutting them', async (t) => {
    const careless = mariadbPool(database)
    careless.on('connection', (connection) => connection.query(`set session sql_mode = ''`))
    const [long, shorter] = ['🗝'.repeat(512), '🗝'.repeat(511)]
    for (const { dpopReplay } of [store, sqlStore({ pool: careless })]) {
      t.equal(await dpopReplay.remember(long, LATER), true)
      t.equal(await dpopReplay.remember(long, LATER), false)
      t.equal(await dpopReplay.remember(shorter, LATER), true)
      await rejectsLike(t, dpopReplay.remember(`${long}a`, LATER), {
        statusCode: 503,
        cause: { message: 'ER_DATA_TOO_LONG' }
      })
      await dpopReplay.forget(`${long}a`)
      t.equal(await dpopReplay.remember(long, LATER), false)
      for (const key of [long, shorter]) await dpopReplay.forget(key)
    }
    await careless.promise().end()
  })

  t.test('does not depend on the time zone of the session', async (t) => {
    const zoned = mariadbPool(database, { timezone: '-11:00' })
    zoned.on('connection', (connection) => connection.query(`set time_zone = '+13:00'`))
    const { clock } = sqlStore({ pool: zoned })
    await clock.read()
    t.ok(Math.abs(clock.now() - Date.now()) < 2_000)
    await zoned.promise().end()
  })
})

const ODD = {
  sql_mode: 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES',
  autocommit: 0,
  foreign_key_checks: 0,
  sql_safe_updates: 1,
  sql_select_limit: 1
}

t.test('MariaDB through a pool with unusual settings', { skip: noMariadb }, async (t) => {
  const { pool } = await newMariadb(t, {
    bigNumberStrings: true,
    charset: 'latin1',
    dateStrings: true,
    flags: ['-FOUND_ROWS'],
    namedPlaceholders: true,
    rowsAsArray: true,
    supportBigNumbers: true,
    typeCast: () => 'a text in place of each value'
  })
  pool.on('connection', (connection) => {
    const settings = Object.entries(ODD).map(([name, value]) => `session ${name} = ${JSON.stringify(value)}`)
    connection.query(`set session transaction isolation level serializable`)
    connection.query(`set ${settings.join(', ')}`.replaceAll('"', "'"))
  })
  const store = sqlStore({ pool })
  await store.migrate()
  testEveryContract(() => store, t)

  await t.test('restores the settings at the end of each loan', async (t) => {
    const names = Object.keys(ODD).map((name) => `@@session.${name} as ${name}`)
    const options = {
      sql: `select ${names.join()}`,
      typeCast: (field: { string(): string | null }) => field.string(),
      rowsAsArray: false
    }
    for (let connection = 0; connection < 8; connection++) {
      const [[row]] = await pool.promise().query<mysql.RowDataPacket[]>(options)
      t.same(row, Object.fromEntries(Object.entries(ODD).map(([name, value]) => [name, String(value)])))
    }
  })

  await t.test('closes a connection whose settings cannot be restored', async (t) => {
    const ids = new Set<number>()
    const broken = sqlStore({
      pool: intercepted(pool, async (sql, ask, { threadId }) => {
        ids.add(threadId)
        if (sql.includes('= @latchkey_sql_mode')) throw Object.assign(new Error('lost'), { code: 'ECONNRESET' })
        return ask()
      })
    })
    t.equal(await broken.sessions.find('id'), null)
    const [id] = ids
    for (let connection = 0; connection < 16; connection++) await store.sessions.find('id')
    const used = new Set<number>()
    const watched = sqlStore({
      pool: intercepted(pool, async (_, ask, { threadId }) => {
        used.add(threadId)
        return ask()
      })
    })
    for (let connection = 0; connection < 16; connection++) await watched.sessions.find('id')
    t.equal(used.has(Number(id)), false)
  })

  await t.test('closes a connection whose settings cannot be read, and rejects with 503', async (t) => {
    const broken = sqlStore({
      pool: intercepted(pool, async () => Promise.reject(Object.assign(new Error('lost'), { code: 'ECONNRESET' })))
    })
    await t.rejects(Promise.resolve(broken.sessions.find('id')), StoreUnavailableError)
    t.equal(await store.sessions.find('id'), null)
  })
})
