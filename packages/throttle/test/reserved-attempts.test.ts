import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { TooManyRequestsError, UnavailableError } from '@latchkey/guard'
import type { ThrottleLimits } from '@latchkey/throttle'
import { memoryStore } from '@latchkey/store/memory'
import { clock } from './fixtures/clock.ts'
import { fail, right, throttled, TOO_MANY } from './fixtures/throttled.ts'

/** Processes with a shared store and clock. */
async function processes(count: number, limits: ThrottleLimits) {
  const counters = memoryStore().throttle
  const time = clock()
  const all = await Promise.all(Array.from({ length: count }, () => throttled(limits, { counters, time })))
  const at = (index: number) => {
    const one = all[index % count]
    if (one === undefined) throw new Error('no such process')
    return one
  }
  return { at, time }
}

/** Verifications that the test ends. */
function pending() {
  const ends: ((isRight: boolean) => void)[] = []
  const verify = async () =>
    new Promise<object | null>((resolve) => {
      ends.push((isRight) => resolve(isRight ? { subject: 'u1' } : null))
    })
  return { ends, verify }
}

function statusOf(error: unknown): unknown {
  return error instanceof TooManyRequestsError ? error.statusCode : error
}

function never(t: Test): () => Promise<never> {
  return async () => t.fail('the password was verified') as never
}

t.test('ten processes verify no more passwords of one address than its limit (K14, SEC-27)', async (t) => {
  const { at } = await processes(10, { failures: 10, failuresPerAddress: 20, window: 60 })
  const { ends, verify } = pending()
  const attempts = Array.from({ length: 200 }, async (_, i) => {
    const { throttle, guess } = at(i)
    return throttle
      .attempt(guess(`user-${i}`), verify)
      .then((verified) => (verified === null ? 'wrong' : 'right'), statusOf)
  })
  while (ends.length < 20) await setImmediate()
  for (const end of ends) end(false)
  const answers = await Promise.all(attempts)
  t.equal(ends.length, 20)
  t.equal(answers.filter((answer) => answer === 'wrong').length, 20)
  t.equal(answers.filter((answer) => answer === 429).length, 180)
  for (let i = 0; i < 10; i++) {
    const { throttle, guess } = at(i)
    await rejectsLike(t, throttle.attempt(guess('weak'), never(t)), TOO_MANY, 'no password is verified')
  }
})

t.test('four processes verify no more passwords of one account than its limit (K14, SEC-27)', async (t) => {
  const { at } = await processes(4, { failures: 10, failuresPerAddress: 100, failuresPerAccount: 100, window: 60 })
  const { ends, verify } = pending()
  const attempts = Array.from({ length: 200 }, async (_, i) =>
    at(i).throttle.attempt(at(i).guess('ada'), verify).catch(statusOf)
  )
  while (ends.length < 10) await setImmediate()
  for (const end of ends) end(false)
  const answers = await Promise.all(attempts)
  t.equal(ends.length, 10)
  t.equal(answers.filter((answer) => answer === 429).length, 190)
})

t.test('a correct password releases its reservation for all processes (K14, SEC-28)', async (t) => {
  const { at } = await processes(2, { failures: 3, failuresPerAddress: 3, failuresPerAccount: 3, window: 60 })
  const [here, there] = [at(0), at(1)]
  const { ends, verify } = pending()
  const three = [0, 1, 2].map(async () => here.throttle.attempt(here.guess('ada'), verify))
  while (ends.length < 3) await setImmediate()
  await rejectsLike(t, there.throttle.attempt(there.guess('ada'), never(t)), TOO_MANY)
  await rejectsLike(t, here.throttle.attempt(here.guess('ada'), never(t)), { ...TOO_MANY, retryAfter: 1 })
  for (const end of ends) end(true)
  t.same(await Promise.all(three), Array(3).fill({ subject: 'u1' }))
  for (let i = 0; i < 20; i++)
    t.ok(await there.throttle.attempt(there.guess('ada'), right), 'the attempt is accepted at once')
  await fail(there.throttle, there.guess('ada'), 2)
  t.ok(await here.throttle.attempt(here.guess('ada'), right), 'the success clears the failures of the other process')
  await fail(there.throttle, there.guess('grace'), 1)
  await rejectsLike(t, here.throttle.attempt(here.guess('mary'), never(t)), TOO_MANY, 'the address has three failures')
})

t.test('a failed verification releases its reservation for all processes (K14, FAULT-11)', async (t) => {
  const { at } = await processes(2, { failures: 1, failuresPerAddress: 1, failuresPerAccount: 1, window: 60 })
  const down = async () => Promise.reject(new UnavailableError('down'))
  for (let i = 0; i < 6; i++) {
    await rejectsLike(t, at(i).throttle.attempt(at(i).guess('ada'), down), { statusCode: 503 })
  }
  t.ok(await at(0).throttle.attempt(at(0).guess('ada'), right))
})

t.test('an attack is known to a process without failures (K14, SEC-28)', async (t) => {
  const { at } = await processes(2, { failures: 10, failuresPerAccount: 20, failuresUnderAttack: 3, window: 60 })
  const [attacked, other] = [at(0), at(1)]
  for (let host = 1; host <= 20; host++) {
    await fail(attacked.throttle, attacked.guess('ada', `198.51.100.${host}`), 1)
  }
  await fail(other.throttle, other.guess('ada', '203.0.113.1'), 3)
  await rejectsLike(t, other.throttle.attempt(other.guess('ada', '203.0.113.1'), never(t)), TOO_MANY)
  await fail(other.throttle, other.guess('grace', '203.0.113.1'), 10)
  t.ok(await other.throttle.attempt(other.guess('ada', '192.0.2.1'), right), 'an address without failures')
})

t.test('one process reports an attack, whichever detects it (K14, SEC-149)', async (t) => {
  const { at, time } = await processes(3, { failures: 10, failuresPerAccount: 4, window: 60 })
  const attack = async () => {
    for (let i = 0; i < 12; i++) await fail(at(i).throttle, at(i).guess('ada', `198.51.100.${i}`), 1)
  }
  const told = () =>
    [at(0), at(1), at(2)].flatMap(({ logged }) => logged.filter(({ msg }) => msg === 'An account is under attack'))
  await attack()
  like(t, told(), [{ level: 40 }])
  time.seconds += 60
  await attack()
  t.equal(told().length, 2, 'one report in each window')
})

t.test('an attack is reported when some of its passwords were correct', async (t) => {
  const { at } = await processes(1, { failures: 10, failuresPerAccount: 3, window: 60 })
  const { throttle, guess, logged } = at(0)
  const { ends, verify } = pending()
  const attempts = Array.from({ length: 5 }, async (_, i) => throttle.attempt(guess('ada', `198.51.100.${i}`), verify))
  while (ends.length < 5) await setImmediate()
  for (const [i, end] of ends.entries()) end(i < 2)
  await Promise.all(attempts)
  like(t, logged, [{ msg: 'An account is under attack' }])
})

t.test('the limit of a site applies to all its addresses on an account under attack (K4.2, SEC-28)', async (t) => {
  const limits = { failures: 10, failuresPerAddress: 100, failuresPerAccount: 20, window: 60 }
  const { at } = await processes(2, limits)
  let verified = 0
  const wrong = async () => {
    verified++
    return null
  }
  const statuses = []
  for (let i = 0; i < 200; i++) {
    const { throttle, guess } = at(i)
    const attempt = throttle.attempt(guess('ada', `2001:db8:1:${i.toString(16)}::1`), wrong)
    statuses.push(await attempt.catch(statusOf))
  }
  t.equal(verified, 20, '200 addresses of one /48 have 20 attempts')
  t.equal(statuses.filter((status) => status === 429).length, 180)
  like(t, at(0).logged.at(-1), { msg: 'An attempt was throttled', limit: 'account and site' })
  const { throttle, guess } = at(0)
  t.ok(await throttle.attempt(guess('ada', '2001:db8:2::1'), right), 'another site')
  t.ok(await throttle.attempt(guess('grace', '2001:db8:1:ffff::1'), right), 'another account')
})

t.test('counts alone when the store fails between a reservation and its release (FAULT-29)', async (t) => {
  const counters = memoryStore().throttle
  let isDown = false
  const unlessDown = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (isDown) throw new Error('connection lost')
    return ask()
  }
  const shared = {
    reserve: async (...given: Parameters<typeof counters.reserve>) =>
      unlessDown(async () => counters.reserve(...given)),
    release: async (...given: Parameters<typeof counters.release>) =>
      unlessDown(async () => counters.release(...given)),
    read: async (...given: Parameters<typeof counters.read>) => unlessDown(async () => counters.read(...given)),
    reset: async (...given: Parameters<typeof counters.reset>) => unlessDown(async () => counters.reset(...given))
  }
  const { throttle, guess, logged, time } = await throttled({ failures: 2, window: 60 }, { counters: shared })
  const cut = async () => {
    isDown = true
    return { subject: 'u1' }
  }
  t.same(await throttle.attempt(guess('ada'), cut), { subject: 'u1' }, 'the correct password is accepted')
  like(t, logged, [{ level: 50, msg: /each process counts by itself/ }])
  await fail(throttle, guess('ada'), 2)
  await rejectsLike(t, throttle.attempt(guess('ada'), never(t)), TOO_MANY)
  isDown = false
  time.seconds += 5
  await fail(throttle, guess('ada'), 1)
  await rejectsLike(t, throttle.attempt(guess('ada'), never(t)), TOO_MANY, 'the unreleased reservation counts')
  time.seconds += 60
  t.ok(await throttle.attempt(guess('ada'), right))
})
