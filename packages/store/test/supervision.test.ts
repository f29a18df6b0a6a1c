import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { StoreSetupError, StoreUnavailableError, superviseStore, type SupervisedStore } from '@latchkey/store'

mock.timers.enable({ apis: ['setTimeout'] })
t.teardown(() => mock.timers.reset())

interface Line {
  readonly level: string
  readonly message: string
  readonly aheadBySeconds?: number
  readonly err?: unknown
}

function supervised(t: Test, store: SupervisedStore, now: () => number = Date.now) {
  const lines: Line[] = []
  const at = (level: string) => (details: object, message: string) => void lines.push({ level, message, ...details })
  const log = { info: at('info'), warn: at('warn'), error: at('error') }
  const supervision = superviseStore(store, { now, log })
  t.teardown(supervision.stop)
  return { supervision, lines }
}

async function passes(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds)
  for (let turn = 0; turn < 10; turn++) await setImmediate()
}

t.test('uses the clock of the process when the store has none (K16)', async (t) => {
  const { supervision, lines } = supervised(t, {}, () => 1_234)
  await supervision.start()
  t.equal(supervision.now(), 1_234)
  t.equal(supervision.seconds(), 1)
  t.equal(await supervision.mayDelete(), true)
  t.same(lines, [])
})

t.test('logs each change of the clock difference once, while the server runs (K16)', async (t) => {
  let own = 0
  const { supervision, lines } = supervised(t, { clock: { now: () => 0, async read() {} } }, () => own)
  await supervision.start()
  const differences = [2_000, 2_001, 59_000, 60_001, 90_000, -61_000, -3_000, 1_000, 0]
  const mayDelete: boolean[] = []
  for (const difference of differences) {
    own = difference
    await passes(30_000)
    mayDelete.push(await supervision.mayDelete())
  }
  t.same(mayDelete, [true, true, true, false, false, false, true, true, true])
  like(t, lines, [
    { level: 'warn', message: /differ: what is stored goes by the clock of the store/, aheadBySeconds: 2 },
    {
      level: 'error',
      message: /differ by more than a minute: this process deletes and rotates nothing/,
      aheadBySeconds: 60
    },
    { level: 'warn', message: /differ: /, aheadBySeconds: -3 },
    { level: 'info', message: /agree again/, aheadBySeconds: 1 }
  ])
  supervision.stop()
  own = 90_000
  await passes(60_000)
  t.equal(lines.length, 4, 'a closed server does not compare the clocks')
})

t.test('a clock that returns NaN counts as different (K16)', async (t) => {
  const { supervision } = supervised(t, { clock: { now: () => Number.NaN, async read() {} } })
  t.equal(await supervision.mayDelete(), false)
})

t.test('prevents the start of a server for a setup error only (K19.1)', async (t) => {
  const failing = (error: Error) => ({ check: async (): Promise<never> => Promise.reject(error) })
  const fix = new StoreSetupError('Fix: call store.migrate() first')
  await rejectsLike(t, supervised(t, failing(fix)).supervision.start(), { message: 'Fix: call store.migrate() first' })

  const { supervision, lines } = supervised(t, failing(new StoreUnavailableError('ECONNREFUSED')))
  await supervision.start()
  like(t, lines, [
    {
      level: 'warn',
      message: 'The store does not answer while the server starts',
      err: { statusCode: 503, cause: { message: 'ECONNREFUSED' } }
    }
  ])
})

t.test('a hanging store delays the start of a server for some seconds only (K19.1)', async (t) => {
  const hang = async (): Promise<never> => new Promise(() => {})
  const { supervision, lines } = supervised(t, { check: hang, clock: { now: Date.now, read: hang } })
  let hasStarted = false
  const started = supervision.start().then(() => (hasStarted = true))
  await passes(4_000)
  t.equal(hasStarted, false)
  await passes(4_000)
  await started
  like(t, lines, [{ level: 'warn', err: { cause: { message: 'no answer in time' } } }])
})

t.test('reads a clock again after a failed read (K16)', async (t) => {
  let down = true
  const clock = {
    now: () => 0,
    async read() {
      if (down) throw new StoreUnavailableError('ECONNREFUSED')
    }
  }
  const { supervision, lines } = supervised(t, { clock }, () => 90_000)
  await supervision.start()
  await rejectsLike(t, supervision.mayDelete(), { statusCode: 503 })
  t.same(lines, [])
  down = false
  await passes(30_000)
  like(t, lines, [{ level: 'error', aheadBySeconds: 90 }])
})

t.test('warns about memoryStore() in production, once in the log of each server (K19.3)', async (t) => {
  const before = process.env['NODE_ENV']
  t.teardown(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  const lines: Line[] = []
  const serverLog = () => ({
    info() {},
    error() {},
    warn: (_: object, message: string) => lines.push({ level: 'warn', message })
  })
  const [one, other] = [serverLog(), serverLog()]
  const { clock, ...withoutClock } = memoryStore()
  const now = Date.now

  process.env['NODE_ENV'] = 'development'
  superviseStore(memoryStore(), { now, log: one })
  process.env['NODE_ENV'] = 'production'
  superviseStore(withoutClock, { now, log: one })
  superviseStore({ clock: { now, async read() {} } }, { now, log: one })
  t.same(lines, [])
  superviseStore({ clock }, { now, log: one })
  superviseStore(memoryStore(), { now, log: one })
  like(t, lines, [
    {
      level: 'warn',
      message: /^The store is in memory, .* A restart loses all accounts, .* Fix: use sqlStore\(\) .* redisStore\(\)/
    }
  ])
  superviseStore(memoryStore(), { now, log: other })
  t.equal(lines.length, 2)
})

t.test('tells tools whether the store is in memory, and how far this process is ahead of its clock', async (t) => {
  t.same(supervised(t, memoryStore({ now: () => 1_000 }), () => 6_000).supervision.facts(), {
    inMemory: true,
    clockAheadBy: 5_000
  })
  t.same(supervised(t, {}, () => 6_000).supervision.facts(), { inMemory: false, clockAheadBy: 0 })
})
