import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { singleFlight } from '@latchkey/promises'

t.test('concurrent calls with one key share one promise', async (t) => {
  const shared = singleFlight<number>()
  let calls = 0
  const call = async (): Promise<number> => ++calls
  t.same(await Promise.all([shared('a', call), shared('a', call), shared('b', call)]), [1, 1, 2])
  t.equal(await shared('a', call), 3)
})

t.test('all callers of a shared call receive its error, and the next call starts again', async (t) => {
  const shared = singleFlight<string>()
  const failing = async (): Promise<never> => Promise.reject(new Error('broken'))
  const [one, other] = [shared('a', failing), shared('a', async () => 'never called')]
  await rejectsLike(t, one, { message: 'broken' })
  await rejectsLike(t, other, { message: 'broken' })
  t.equal(await shared('a', async () => 'anew'), 'anew')
})
