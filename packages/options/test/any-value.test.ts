import fc from 'fast-check'
import t from 'tap'
import * as o from '@latchkey/options'

const schema = o.pluginOptions({
  origin: o.must('be an origin', o.isOrigin),
  mode: o.optional(o.oneOf('strict', 'lax')),
  keys: o.optional(o.listOf('be a list of keys', o.matching('be a key', /^k\d$/), 1)),
  limits: o.group({ failures: o.optional(o.integer(1, 9, 'failures')), name: o.optional(o.text) })
})

const CANARY = 'canary-of-a-secret'

t.test('any value gives a result or a RegistrationError whose message does not contain the value', async (t) => {
  const value = fc.oneof(fc.anything({ withNullPrototype: true, withBigInt: true }), fc.constant(CANARY))
  const options = fc.record({ origin: value, mode: value, keys: fc.array(value), limits: fc.record({ name: value }) })
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.oneof(value, options), (given) => {
        try {
          o.checkOptions('plugin', schema, given)
          return true
        } catch (error) {
          return error instanceof o.RegistrationError && !error.message.includes(CANARY)
        }
      }),
      { numRuns: 2_000 }
    )
  )
})
