import { mock } from 'node:test'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { withTimeout } from '@latchkey/promises'

const late = (): Error => new Error('late')
const never = async (): Promise<never> => new Promise(() => {})

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
t.afterEach(() => mock.timers.reset())

t.test('returns the result of a call that comes in time', async (t) => {
  t.equal(await withTimeout(1000, async () => 'answer', late), 'answer')
})

t.test('rejects with the error of the call', async (t) => {
  const failing = async (): Promise<never> => Promise.reject(new TypeError('broken'))
  await rejectsLike(t, withTimeout(1000, failing, late), { message: 'broken', constructor: TypeError })
})

t.test('rejects with the error of a call that throws before it returns a promise', async (t) => {
  const throwing = (): never => {
    throw new TypeError('broken')
  }
  await rejectsLike(t, withTimeout(1000, throwing, late), { message: 'broken' })
})

t.test('rejects with the given error when the time is over', async (t) => {
  const waiting = withTimeout(1000, never, late)
  mock.timers.tick(1000)
  await rejectsLike(t, waiting, { message: 'late' })
})

t.test('ignores an error that comes too late', async (t) => {
  let fail = (): void => {}
  const call = async (): Promise<never> =>
    new Promise((_resolve, reject) => {
      fail = () => reject(new Error('too late'))
    })
  const waiting = withTimeout(1000, call, late)
  mock.timers.tick(1000)
  await rejectsLike(t, waiting, { message: 'late' })
  fail()
})
