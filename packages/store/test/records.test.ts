import { spawn } from 'node:child_process'
import { on } from 'node:events'
import path from 'node:path'
import t, { type Test } from 'tap'
import { clear } from '@latchkey/exact/servers'
import { redisStore } from '@latchkey/store/redis'
import { sqlStore } from '@latchkey/store/sql'
import { ioredis, noPostgres, noRedis, ownName, POSTGRES, postgresPool } from './fixtures/servers.ts'

const PROCESSES = 4
const ROUNDS = 25

/** Where the records are: a file, or the name of a schema or of a prefix. */
type Place = { readonly file: string } | { readonly schema: string } | { readonly prefix: string }

// In each round all processes create, replace and remove the same records.
const WORKER = `
  import { once } from 'node:events'
  import { Redis } from 'ioredis'
  import pg from 'pg'
  import { redisStore } from '@latchkey/store/redis'
  import { sqlStore } from '@latchkey/store/sql'
  const { file, schema, prefix } = JSON.parse(process.argv[1])
  const client = prefix ? new Redis({ host: '127.0.0.1' }) : undefined
  const pool = schema ? new pg.Pool({ connectionString: '${POSTGRES}' }) : undefined
  const store = client ? redisStore({ client, prefix }) : sqlStore(file ? { file } : { pool, schema })
  const { records } = store
  const record = (kind, round) => ({ kind, id: String(round), owner: null, content: '', expiresAt: 4102444800 })
  const replaced = await Promise.all(Array.from({ length: ${ROUNDS} }, (_, round) => records.find(record('replaced', round))))
  console.log('ready')
  await once(process.stdin, 'data')
  const won = { created: 0, replaced: 0, removed: 0 }
  for (let round = 0; round < ${ROUNDS}; round++) {
    if (await records.create(record('created', round))) won.created++
    if (await records.replace(replaced[round], replaced[round].version, record('', round))) won.replaced++
    if (await records.remove(record('removed', round))) won.removed++
  }
  console.log(JSON.stringify(won))
  await store.close()
  await pool?.end()
  client?.disconnect()
  process.stdin.destroy()`

async function oneOfFourWins(t: Test, place: Place): Promise<void> {
  const workers = Array.from({ length: PROCESSES }, () => {
    const args = [...process.execArgv, '--input-type=module', '--eval', WORKER, JSON.stringify(place)]
    const { stdin, stdout } = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    return { stdin, lines: on(stdout.setEncoding('utf8'), 'data') }
  })
  for (const { lines } of workers) t.same((await lines.next()).value, ['ready\n'])
  for (const { stdin } of workers) stdin.write('go')
  const sum = { created: 0, replaced: 0, removed: 0 }
  for (const { lines } of workers) {
    const [text] = (await lines.next()).value as [string]
    const won = JSON.parse(text) as typeof sum
    for (const name of ['created', 'replaced', 'removed'] as const) sum[name] += won[name]
  }
  t.same(sum, { created: ROUNDS, replaced: ROUNDS, removed: ROUNDS })
}

async function prepare({ records }: Pick<ReturnType<typeof sqlStore>, 'records'>): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const record = { id: String(round), owner: null, content: '', expiresAt: 4_102_444_800 }
    await records.create({ ...record, kind: 'replaced' })
    await records.create({ ...record, kind: 'removed' })
  }
}

t.test('one of four processes creates, replaces or removes a record', { timeout: 120_000 }, async (t) => {
  await t.test('SQLite', async (t) => {
    const file = path.join(t.testdir(), 'store.db')
    const store = sqlStore({ file })
    t.teardown(() => store.close())
    await store.migrate()
    await prepare(store)
    await oneOfFourWins(t, { file })
  })

  await t.test('PostgreSQL', { skip: noPostgres }, async (t) => {
    const schema = `${ownName}_r`
    const pool = postgresPool()
    t.teardown(async () => {
      await pool.query(`drop schema ${schema} cascade`)
      await pool.end()
    })
    const store = sqlStore({ pool, schema })
    await store.migrate()
    await prepare(store)
    await oneOfFourWins(t, { schema })
  })

  await t.test('Redis', { skip: noRedis }, async (t) => {
    const prefix = `${ownName}:records:`
    const client = ioredis()
    t.teardown(async () => {
      await clear(client, prefix)
      client.disconnect()
    })
    await prepare(redisStore({ client, prefix }))
    await oneOfFourWins(t, { prefix })
  })
})
