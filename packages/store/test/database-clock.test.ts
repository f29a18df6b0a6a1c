import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { databaseClock, StoreUnavailableError } from '@latchkey/store'

// A database, a process with an adjustable clock, and timers that a test moves.
function world(t: Test) {
  const state = { at: 1_000_000, database: 5_000_000, own: 5_000_000, takes: 0, down: false, asked: 0 }
  const { now } = performance
  performance.now = () => state.at
  t.teardown(() => {
    performance.now = now
  })
  const pass = (milliseconds: number): void => {
    state.at += milliseconds
    state.database += milliseconds
    state.own += milliseconds
  }
  const ask = async (): Promise<number> => {
    state.asked += 1
    if (state.down) throw new StoreUnavailableError('ECONNREFUSED')
    pass(state.takes / 2)
    const time = state.database
    pass(state.takes / 2)
    return time
  }
  return { state, pass, clock: databaseClock(ask, () => state.own) }
}

t.test(
  'returns the time of the process before the first read, and the time of the database afterwards (K16)',
  async (t) => {
    const { state, pass, clock } = world(t)
    state.own += 100_000
    t.equal(clock.now(), state.own)
    await clock.read()
    t.equal(clock.now(), state.database)
    pass(29_000)
    t.equal(clock.now(), state.database)
  }
)

t.test('assumes that the database answered halfway, and ignores an answer that took too long (K16)', async (t) => {
  const { state, clock } = world(t)
  state.takes = 1_000
  await clock.read()
  t.equal(clock.now(), state.database)
  state.takes = 5_000
  state.database += 600_000
  await clock.read()
  t.equal(clock.now(), state.database - 600_000)
})

t.test('uses a slow first answer (K16)', async (t) => {
  const { state, clock } = world(t)
  state.takes = 4_000
  state.own += 100_000
  await clock.read()
  t.equal(clock.now(), state.database)
})

t.test('continues by timers when the clock of the process is set, and reads the database again (K16)', async (t) => {
  const { state, pass, clock } = world(t)
  await clock.read()
  pass(2_000)
  state.own -= 600_000
  t.equal(clock.now(), state.database)
  t.equal(state.asked, 2)
  await setImmediate()
  t.equal(clock.now(), state.database)
  pass(2_000)
  clock.now()
  t.equal(state.asked, 2, 'the database is not read again')
})

t.test('reads again after half a minute of use, and at most once a second (K16)', async (t) => {
  const { state, pass, clock } = world(t)
  await clock.read()
  pass(31_000)
  state.down = true
  for (let i = 0; i < 10; i++) clock.now()
  t.equal(state.asked, 2)
  await setImmediate()
  pass(500)
  t.equal(clock.now(), state.database, 'the clock continues while the database is down')
  t.equal(state.asked, 2)
  pass(500)
  clock.now()
  t.equal(state.asked, 3)
})

t.test('reads once for concurrent calls, and rejects with the error of the database (K16)', async (t) => {
  const { state, clock } = world(t)
  await Promise.all([clock.read(), clock.read(), clock.read()])
  t.equal(state.asked, 1)
  state.down = true
  await t.rejects(clock.read(), StoreUnavailableError)
})
