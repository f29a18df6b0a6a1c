import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import path from 'node:path'
import Database from 'libsql'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { sqlStore } from '@latchkey/store/sql'
import { testEveryContract } from './fixtures/every-contract.ts'

const store = sqlStore({ file: path.join(t.testdir(), 'store.db') })
t.before(() => store.migrate())
t.teardown(() => store.close())

testEveryContract(() => store)

t.test('creates its file with access for its owner only', async (t) => {
  const file = path.join(t.testdir(), 'store.db')
  const store = sqlStore({ file })
  await store.migrate()
  for (const part of ['', '-wal', '-shm']) t.equal(statSync(file + part).mode & 0o777, 0o600)
  await store.close()
})

t.test('updates the tables once, and keeps their rows', async (t) => {
  const file = path.join(t.testdir(), 'store.db')
  const first = sqlStore({ file })
  await first.migrate()
  await first.dpopReplay.remember('key', 4_102_444_800)
  await first.migrate()
  await first.close()
  const second = sqlStore({ file })
  await second.migrate()
  t.equal(await second.dpopReplay.remember('key', 4_102_444_800), false)
  await second.close()
})

t.test(
  'four concurrent processes on one file share one key ring, and each key has one winner (FAULT-19)',
  async (t) => {
    const file = path.join(t.testdir(), 'store.db')
    const script = `
    import { sqlStore } from '@latchkey/store/sql'
    const store = sqlStore({ file: process.argv[1] })
    await store.migrate()
    let won = 0
    for (let generation = 0; generation < 20; generation++) {
      const key = { kid: generation + ' of ' + process.pid, key: '{}', activeFrom: 0, expiresAt: 1 }
      if (await store.signingKeys.add(key, generation)) won += 1
    }
    await store.close()
    console.log(won)`
    const processes = Array.from({ length: 4 }, () =>
      spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', script, file], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
    )
    const won = await Promise.all(
      processes.map(async (each) => {
        const [text] = await once(each.stdout.setEncoding('utf8'), 'data')
        return Number(text)
      })
    )
    t.equal(
      won.reduce((sum, one) => sum + one, 0),
      20
    )
    const store = sqlStore({ file })
    t.equal((await store.signingKeys.list()).keys.length, 20)
    await store.close()
  }
)

t.test('waits for a file that another process writes to, and gives 503 after its timeout (FAULT-12)', async (t) => {
  const file = path.join(t.testdir(), 'store.db')
  const [patient, hasty] = [sqlStore({ file }), sqlStore({ file, timeout: 500 })]
  await patient.migrate()
  const other = new Database(file)
  other.exec('begin immediate')
  const remembered = patient.dpopReplay.remember('key', 4_102_444_800)
  await rejectsLike(t, hasty.dpopReplay.remember('key', 4_102_444_800), {
    statusCode: 503,
    cause: { message: 'SQLITE_BUSY' }
  })
  await rejectsLike(t, hasty.revocations.revoke({ kind: 'token', id: 'a', revokedAt: 1, expiresAt: 2 }), {
    statusCode: 503,
    cause: { message: 'SQLITE_BUSY' }
  })
  t.same((await hasty.revocations.since(null)).revocations, [], 'reads succeed')
  other.exec('rollback')
  t.equal(await remembered, true)
  other.close()
  await patient.close()
  await hasty.close()
})

t.test('waits for a file that is locked at opening, and gives 503 for a file that is not a database', async (t) => {
  const folder = t.testdir({ 'other.db': 'a text of some length, and no database'.repeat(100) })
  const file = path.join(folder, 'store.db')
  const other = new Database(file)
  other.exec('begin exclusive')
  const store = sqlStore({ file })
  const migrated = store.migrate()
  const hasty = sqlStore({ file, timeout: 500 })
  const busy = { statusCode: 503, cause: { message: 'SQLITE_BUSY' } }
  await rejectsLike(t, async () => hasty.sessions.find('id'), busy)
  await hasty.close()
  other.exec('rollback')
  await migrated
  t.equal(await store.sessions.find('id'), null)
  other.close()
  await store.close()
  const broken = sqlStore({ file: path.join(folder, 'other.db') })
  for (const attempt of ['first', 'second']) {
    await rejectsLike(
      t,
      async () => broken.sessions.find('id'),
      { statusCode: 503, cause: { message: 'SQLITE_NOTADB' } },
      attempt
    )
  }
  await broken.close()
})
