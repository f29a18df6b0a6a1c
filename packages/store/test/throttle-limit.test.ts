import t from 'tap'
import { fullThrottleLimit } from '@latchkey/store'

t.test('a missing count is 0', async (t) => {
  const limits = [{ key: 'a', most: 1 }, { key: 'b' }]
  t.equal(fullThrottleLimit(limits, []), undefined)
  t.same(fullThrottleLimit(limits, [{ count: 1, resetsAt: 60 }]), { index: 0, most: 1 })
})
