import { existsSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { sqlStore } from '@latchkey/store/sql'
import { refreshToken } from './fixtures/expiring.ts'

const gone = {
  statusCode: 503,
  message: 'The store does not answer',
  cause: { message: 'its file was deleted, moved or replaced: put it back, or restart this process' }
}
const PARTS = ['', '-wal', '-shm']

t.test('a deleted file gives 503, and no write is lost silently (K22.3)', async (t) => {
  const file = path.join(t.testdir(), 'store.db')
  const first = sqlStore({ file })
  await first.migrate()
  t.equal(await first.dpopReplay.remember('before', 4_102_444_800), true)
  for (const part of PARTS) rmSync(file + part, { force: true })

  await rejectsLike(t, first.dpopReplay.remember('after', 4_102_444_800), gone, 'a write')
  await rejectsLike(t, first.refreshTokens.start(refreshToken('h', 4_102_444_800)), gone, 'a transaction')
  await rejectsLike(t, async () => first.sessions.find('id'), gone, 'a read')
  t.notOk(existsSync(file), 'no other file is created')

  // A process that starts now creates a new file. The first process must not continue with the old file.
  const second = sqlStore({ file })
  await second.migrate()
  t.equal(await second.dpopReplay.remember('before', 4_102_444_800), true)
  await rejectsLike(t, first.dpopReplay.remember('after', 4_102_444_800), gone, 'another file exists')
  await first.close()
  await second.close()
  const again = sqlStore({ file })
  t.equal(await again.dpopReplay.remember('before', 4_102_444_800), false, 'a restart uses the existing file')
  await again.close()
})

t.test('a moved file gives 503 until it is back (K22.3)', async (t) => {
  const folder = t.testdir()
  const [file, elsewhere] = [path.join(folder, 'store.db'), path.join(folder, 'elsewhere.db')]
  const store = sqlStore({ file })
  await store.migrate()
  renameSync(file, elsewhere)
  await rejectsLike(t, store.dpopReplay.remember('key', 4_102_444_800), gone)
  renameSync(elsewhere, file)
  t.equal(await store.dpopReplay.remember('key', 4_102_444_800), true)
  await store.close()
})

t.test('a relative path belongs to the folder in which the store was made', async (t) => {
  const before = process.cwd()
  const folder = t.testdir()
  process.chdir(folder)
  const store = sqlStore({ file: 'store.db' })
  process.chdir(before)
  await store.migrate()
  t.equal(await store.dpopReplay.remember('key', 4_102_444_800), true)
  t.ok(existsSync(path.join(folder, 'store.db')))
  await store.close()
})
