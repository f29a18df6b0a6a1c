import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { UnavailableError } from '@latchkey/guard'
import type { ThrottleReservation } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { clock } from './fixtures/clock.ts'
import { fail, RefusedError, right, throttled, TOO_MANY } from './fixtures/throttled.ts'

t.test('verifies no random secret after too many failures, until the window ends (SEC-27)', async (t) => {
  const { ofKeys, guess, time, logged } = await throttled({ failures: 3, window: 60 })
  await fail(ofKeys, guess('ada'), 3)
  time.seconds += 15
  const verify = async () => t.fail('verified it') as never
  await rejectsLike(t, ofKeys.attempt(guess('ada'), verify), { ...TOO_MANY, retryAfter: 45 })
  t.ok(await ofKeys.attempt(guess('ada', '192.0.2.2'), right), 'SEC-28')
  t.ok(await ofKeys.attempt(guess('grace'), right))
  time.seconds += 45
  t.ok(await ofKeys.attempt(guess('ada'), right))
  like(t, logged, [
    { level: 40, msg: 'An attempt was throttled', throttle: 'API keys', limit: 'account and address', clientId: null }
  ])
})

t.test('accepts any number of right secrets at once', async (t) => {
  const { ofKeys, guess } = await throttled({ failures: 1, window: 60 })
  const slow = async () => {
    await setImmediate()
    return { subject: 'u1' }
  }
  const all = await Promise.all(Array.from({ length: 30 }, async () => ofKeys.attempt(guess('ada'), slow)))
  t.same(all, Array(30).fill({ subject: 'u1' }))
})

t.test('counts a refusal of `verify`, and no other error (FAULT-11, SEC-27)', async (t) => {
  const { ofKeys, guess } = await throttled({ failures: 1, window: 60 })
  const down = async () => Promise.reject(new UnavailableError('down'))
  for (let time = 0; time < 5; time++) {
    await rejectsLike(t, ofKeys.attempt(guess('ada'), down), { statusCode: 503 })
  }
  const refuse = async () => Promise.reject(new RefusedError('No.'))
  await rejectsLike(t, ofKeys.attempt(guess('ada'), refuse), { message: 'No.' })
  await rejectsLike(t, ofKeys.attempt(guess('ada'), right), TOO_MANY)
})

t.test('a right secret past the limit gets the same answer as a wrong one, at every process (K14)', async (t) => {
  const counters = memoryStore().throttle
  const time = clock()
  const here = await throttled({ failures: 3, window: 60 }, { counters, time })
  const there = await throttled({ failures: 3, window: 60 }, { counters, time })
  const attempts = Array.from({ length: 20 }, async (_, i) => {
    const { ofKeys, guess } = i % 2 === 0 ? here : there
    return ofKeys.attempt(guess('ada'), async () => null).catch((error: unknown) => error)
  })
  const answers = await Promise.all(attempts)
  t.equal(answers.filter((answer) => answer === null).length, 3)
  const third = await throttled({ failures: 3, window: 60 }, { counters, time })
  await rejectsLike(t, third.ofKeys.attempt(third.guess('ada'), right), TOO_MANY, 'this process saw no failure')
})

t.test('a right secret clears the failures of other processes (K14)', async (t) => {
  const counters = memoryStore().throttle
  const time = clock()
  const here = await throttled({ failures: 3, window: 60 }, { counters, time })
  const there = await throttled({ failures: 3, window: 60 }, { counters, time })
  t.ok(await there.ofKeys.attempt(there.guess('ada'), right), 'there are no failures yet')
  for (let round = 0; round < 3; round++) {
    await fail(here.ofKeys, here.guess('ada'), 2)
    t.ok(await there.ofKeys.attempt(there.guess('ada'), right))
  }
})

t.test('answers a wrong secret with 429 when the store returns no counts (SEC-27)', async (t) => {
  // An adapter in plain JavaScript.
  const reserve = async () => ({}) as ThrottleReservation
  const counters = { ...memoryStore().throttle, reserve }
  const { ofKeys, guess } = await throttled({ failures: 3, window: 60 }, { counters })
  await rejectsLike(t, fail(ofKeys, guess('ada'), 1), { ...TOO_MANY, retryAfter: 1 })
})
