import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import Database from 'libsql'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import type { Session } from '@latchkey/store'
import { type SqlStore, sqlStore } from '@latchkey/store/sql'

// Processes start slowly on a busy machine.
t.setTimeout(300_000)

const LATER = 4_102_444_800
const session: Session = {
  id: 'id',
  subject: 'ann',
  createdAt: 1,
  lastSeenAt: 1,
  expiresAt: LATER,
  label: null,
  upstream: null
}

/** A store with its tables, and its started threads. */
async function open(t: Test, timeout?: number): Promise<{ store: SqlStore; file: string; threads: Worker[] }> {
  const file = path.join(t.testdir(), 'store.db')
  const threads: Worker[] = []
  const add = (thread: Worker): void => void threads.push(thread)
  process.on('worker', add)
  t.teardown(() => process.off('worker', add))
  const store = sqlStore({ file, ...(timeout !== undefined && { timeout }) })
  t.teardown(() => store.close())
  await store.migrate()
  return { store, file, threads }
}

/** Writes a family with the given number of refresh tokens into the file, so that its revocation takes a while. */
function addFamily(file: string, tokens: number): void {
  const database = new Database(file)
  database.exec(`
    insert into latchkey_refresh_family values ('f', 'c', 'ann', '[]', '[]', 1, ${LATER});
    with recursive count (n) as (select 1 union all select n + 1 from count where n < ${tokens})
    insert into latchkey_refresh_token (hash, family_id, expires_at) select 'hash ' || n, 'f', ${LATER} from count`)
  database.close()
}

function tokensLeft(file: string): unknown {
  const database = new Database(file)
  try {
    return Object(database.prepare('select count(*) as n from latchkey_refresh_token').get()).n
  } finally {
    database.close()
  }
}

t.test('the event loop continues during the revocation of a large family and during a commit (K22.2)', async (t) => {
  const { store, file } = await open(t)
  addFamily(file, 20_000)
  for (const [what, work] of [
    ['a large family', () => store.refreshTokens.revokeFamily('f')],
    ['a single row', () => store.sessions.create(session)]
  ] as const) {
    const rounds = new Set<object>()
    const counting = setInterval(() => rounds.add({}), 0)
    await work()
    clearInterval(counting)
    t.ok(rounds.size > 0, what)
  }
  t.equal(tokensLeft(file), 0)
})

t.test('a crashed thread gives 503, undoes its transaction, and is replaced (K22.2)', async (t) => {
  const { store, file, threads } = await open(t)
  await store.sessions.create(session)
  addFamily(file, 10)
  // The transaction has begun. Its first statement has not been sent.
  threads[0]!.once('message', () => crash(threads[0]!))
  await rejectsLike(t, store.refreshTokens.revokeFamily('f'), {
    statusCode: 503,
    code: 'LATCHKEY_STORE_UNAVAILABLE',
    cause: { message: 'TypeError' }
  })
  t.equal(tokensLeft(file), 10)
  like(t, await store.sessions.find('id'), { id: 'id', subject: 'ann' })
  t.equal(threads.length, 2)

  const ended = once(threads[1]!, 'exit')
  threads[1]!.ref()
  crash(threads[1]!)
  await rejectsLike(t, ended, { name: 'TypeError' })
  await store.refreshTokens.revokeFamily('f')
  t.equal(tokensLeft(file), 0)
  t.equal(threads.length, 3, 'an idle thread is also replaced')
})

t.test('calls give 503 while no thread starts, and succeed afterwards (K22.2)', async (t) => {
  const { store, threads } = await open(t)
  await store.sessions.create(session)
  const ended = once(threads[0]!, 'exit')
  threads[0]!.ref()
  crash(threads[0]!)
  await rejectsLike(t, ended, { name: 'TypeError' })

  const stop = (thread: Worker): void => void thread.terminate()
  process.on('worker', stop)
  for (let i = 0; i < 2; i++) await rejectsLike(t, async () => store.sessions.find('id'), { statusCode: 503 })
  process.off('worker', stop)
  like(t, await store.sessions.find('id'), { id: 'id', subject: 'ann' })
})

t.test('a slow call and the queued calls give 503 in time, and have no later effect (K22.2)', async (t) => {
  const { store, file } = await open(t, 100)
  await store.sessions.create(session)
  addFamily(file, 300_000)
  const late = { statusCode: 503, cause: { message: 'no answer in time' } }
  const start = performance.now()
  await Promise.all([
    rejectsLike(t, store.refreshTokens.revokeFamily('f'), late),
    rejectsLike(t, async () => store.sessions.find('id'), late),
    rejectsLike(t, store.sessions.end('id'), late)
  ])
  t.ok(performance.now() - start < 5_000)
  await until(async () => store.sessions.find('id'))
  t.equal(tokensLeft(file), 300_000, 'the transaction was undone')
  like(t, await store.sessions.find('id'), { id: 'id', subject: 'ann' }, 'the queued call was not executed')
})

t.test('a call that the thread does not begin in time gives 503, and has no later effect (K22.2)', async (t) => {
  const { store, file } = await open(t, 100)
  await store.sessions.create(session)
  const database = new Database(file)
  database.exec(`
    with recursive count (n) as (select 1 union all select n + 1 from count where n < 300000)
    insert into latchkey_session (id, subject, created_at, last_seen_at, expires_at)
    select 'id ' || n, 'bob', 1, 1, ${LATER} from count`)
  database.close()
  const late = { statusCode: 503, cause: { message: 'no answer in time' } }
  // Both are sent to the thread at once.
  await Promise.all([
    rejectsLike(t, store.sessions.endSubject('bob'), late),
    rejectsLike(t, store.sessions.end('id'), late)
  ])
  await until(async () => store.sessions.find('id'))
  like(t, await store.sessions.find('id'), { id: 'id', subject: 'ann' })
})

t.test('close() waits for the queued calls, and ends the thread (K22.2)', async (t) => {
  const { store, file, threads } = await open(t)
  let hasEnded = false
  threads[0]!.once('exit', () => (hasEnded = true))
  await store.sessions.create(session)
  const asked = Promise.all([store.sessions.touch('id', 2), store.sessions.find('id')])
  await setImmediate() // both are queued
  await Promise.all([store.close(), store.close()])
  t.equal(hasEnded, true)
  like(t, await asked, [true, { id: 'id', lastSeenAt: 2 }])
  await rejectsLike(t, async () => store.sessions.find('id'), { statusCode: 503, cause: { message: 'closed' } })
  t.equal(threads.length, 1)
  const again = sqlStore({ file })
  like(t, await again.sessions.find('id'), { id: 'id', lastSeenAt: 2 })
  await again.close()
})

t.test('an open store does not keep the process alive (K22.2)', async (t) => {
  t.testdir()
  like(t, await run(t, `await store.sessions.find('id')`), { code: 0, signal: null })
})

t.test('a process that exits during a call has its own exit status (K22.2)', async (t) => {
  t.testdir()
  // libsql aborts the process when a thread is terminated during a call. Without protection, four of five such processes abort.
  const script = `
    const ask = async () => { for (;;) await store.revocations.since(null) }
    for (let revocation = 0; revocation < 50; revocation++)
      await store.revocations.revoke({ kind: 'token', id: String(revocation), revokedAt: 1, expiresAt: ${LATER} })
    void ask()
    setTimeout(() => process.exit(7), 100)`
  const asked = { code: 7, signal: null }
  like(t, await Promise.all([run(t, script), run(t, script)]), [asked, asked])
})

/** Throws in the thread, outside of the driver. */
function crash(thread: Worker): void {
  thread.postMessage(null)
}

async function until(answers: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await answers()
      return
    } catch {
      await setImmediate()
    }
  }
}

/** Runs a script with a store in a separate process. */
async function run(t: Test, script: string): Promise<{ code: unknown; signal: unknown }> {
  const file = path.join(t.testdirName, `${randomUUID()}.db`)
  const start = `
    import { sqlStore } from '@latchkey/store/sql'
    const store = sqlStore({ file: process.argv[1] })
    await store.migrate()
`
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', start + script, file], {
    stdio: ['ignore', 'ignore', 'inherit']
  })
  const [code, signal] = await once(child, 'exit')
  return { code, signal }
}
