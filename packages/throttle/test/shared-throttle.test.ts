import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import type { ThrottleStore } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { clock } from './fixtures/clock.ts'
import { fail, right, TOO_MANY, throttled } from './fixtures/throttled.ts'

t.test('processes with one store count together (SEC-27)', async (t) => {
  const counters = memoryStore().throttle
  const time = clock()
  const here = await throttled({ failures: 3, window: 60 }, { counters, time })
  const there = await throttled({ failures: 3, window: 60 }, { counters, time })
  await fail(here.throttle, here.guess('ada'), 3)
  await rejectsLike(t, there.throttle.attempt(there.guess('ada'), right), TOO_MANY, 'the password is correct')
  await rejectsLike(
    t,
    there.throttle.attempt(there.guess('ada'), async () => t.fail('the password was verified') as never),
    TOO_MANY
  )
  await fail(here.throttle, here.guess('grace'), 2)
  t.ok(await there.throttle.attempt(there.guess('grace'), right))
  await fail(here.throttle, here.guess('grace'), 1)
  t.ok(await here.throttle.attempt(here.guess('grace'), right), 'the success of the other process cleared the failures')
})

t.test('realms and purposes with one store are counted separately', async (t) => {
  const counters = memoryStore().throttle
  const one = await throttled({ failures: 1, window: 60 }, { counters })
  await fail(one.throttle, one.guess('ada'), 1)
  for (const differently of [{ realm: 'https://other.example.com' }, { purpose: 'passwords' }]) {
    const other = await throttled({ failures: 1, window: 60 }, { counters, ...differently })
    t.ok(await other.throttle.attempt(other.guess('ada'), right))
  }
})

t.test('the store receives only hashes of accounts, addresses and clients', async (t) => {
  const keys: string[] = []
  const counters = memoryStore().throttle
  const reserve: ThrottleStore['reserve'] = async (limits, at) => {
    keys.push(...limits.map(({ key }) => key))
    return counters.reserve(limits, at)
  }
  const limits = { failures: 10, failuresPerAddress: 10, failuresPerAccount: 10, window: 60 }
  const { throttle, guess } = await throttled(limits, { counters: { ...counters, reserve } })
  await fail(throttle, guess('ada'), 1)
  await fail(throttle, guess('ad', 'a192.0.2.1'), 1)
  t.equal(new Set(keys).size, 8, 'different parts give different keys')
  for (const key of keys) t.match(key, /^[A-Za-z0-9_-]{43}$/)
})

t.test('counts alone while the store fails, logs it once, and asks again later (FAULT-29)', async (t) => {
  const counters = memoryStore().throttle
  let isDown = false
  let asked = 0
  const unlessDown = async <T>(ask: () => Promise<T>): Promise<T> => {
    asked++
    if (isDown) throw new Error('connection lost')
    return ask()
  }
  const shared: ThrottleStore = {
    reserve: async (limits, at) => unlessDown(async () => counters.reserve(limits, at)),
    release: async (holds) => unlessDown(async () => counters.release(holds)),
    read: async (key, at) => unlessDown(async () => counters.read(key, at)),
    reset: async (key) => unlessDown(async () => counters.reset(key))
  }
  const { throttle, guess, logged, time } = await throttled({ failures: 3, window: 60 }, { counters: shared })
  await fail(throttle, guess('ada'), 1)
  isDown = true
  t.ok(await throttle.attempt(guess('grace'), right), 'the correct password is accepted')
  await fail(throttle, guess('ada'), 2)
  await rejectsLike(t, throttle.attempt(guess('ada'), right), TOO_MANY, 'the earlier failure counts')
  t.equal(asked, 2)
  like(t, logged, [
    { level: 50, msg: /each process counts by itself/, err: { message: 'connection lost' } },
    { level: 40 }
  ])
  time.seconds += 5
  await fail(throttle, guess('grace'), 2)
  t.equal(asked, 3, 'the store was asked again')
  isDown = false
  time.seconds += 5
  await fail(throttle, guess('grace'), 1)
  like(t, logged.slice(2), [{ level: 30, msg: 'The throttle store answers again' }])
  await fail(throttle, guess('grace'), 1)
  t.equal(asked, 5)
})

t.test('asks a store that failed again when the clock is set back (FAULT-9, FAULT-29)', async (t) => {
  const counters = memoryStore().throttle
  let asked = 0
  const reserve: ThrottleStore['reserve'] = async (limits, at) => {
    if (++asked === 1) throw new Error('connection lost')
    return counters.reserve(limits, at)
  }
  const { throttle, guess, time } = await throttled({ failures: 3, window: 60 }, { counters: { ...counters, reserve } })
  await fail(throttle, guess('ada'), 1)
  t.equal(asked, 1)
  time.seconds -= 3600
  await fail(throttle, guess('ada'), 1)
  t.equal(asked, 2)
})

t.test('an invalid answer of the store allows no attempt (SEC-27)', async (t) => {
  // An adapter in plain JavaScript can return this.
  for (const answer of [{}, { reserved: true }, { reserved: true, counts: [] }, { reserved: 'yes', counts: [{}] }]) {
    const reserve = async () => answer
    const counters = { ...memoryStore().throttle, reserve } as unknown as ThrottleStore
    const { throttle, guess } = await throttled({ failures: 3, window: 60 }, { counters })
    const attempt = throttle.attempt(guess('ada'), async () => t.fail('the password was verified') as never)
    await rejectsLike(t, attempt, { ...TOO_MANY, retryAfter: 1 })
  }
})
