import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { lateModule } from '@latchkey/promises'

t.test('a late module is loaded once, by the background or by the first call', async (t) => {
  let loads = 0
  const late = lateModule('example', async () => ({ answer: ++loads }))
  t.equal(loads, 0, 'nothing is loaded before it is needed')
  const background = late.prepare()
  const [one, other] = await Promise.all([late.get(), late.get()])
  t.same(await Promise.all([background]), [undefined])
  t.same(one, { answer: 1 })
  t.equal(other, one)
  t.equal(await late.get(), one)
})

t.test('a failed load names the module to each caller, and the next call loads again', async (t) => {
  const cause = new Error('ENOENT')
  let loads = 0
  const late = lateModule('example', async () => {
    if (++loads === 1) throw cause
    return { answer: 42 }
  })
  const failed = { message: 'The module "example" cannot be loaded. Fix: install it again', cause }
  const [one, other] = [late.get(), late.get()]
  await rejectsLike(t, one, failed)
  await rejectsLike(t, other, failed)
  t.equal(loads, 1)
  t.same(await late.get(), { answer: 42 })
})

t.test('a failed load in the background rejects nothing', async (t) => {
  const late = lateModule('example', async () => Promise.reject(new Error('ENOENT')))
  t.same(await Promise.all([late.prepare()]), [undefined])
})
