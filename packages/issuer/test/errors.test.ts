import { UpstreamError } from '@latchkey/issuer'
import t from 'tap'
import { like } from '@latchkey/exact'

const hostile = {
  get message(): string {
    throw new Error('must not be read')
  }
}

for (const [name, cause, message] of [
  ['a text', 'GET http://localhost/100%s: 500', 'GET http://localhost/100%s: 500'],
  ['an object', { secret: 'canary' }, 'not an error, but a value of the type object'],
  ['null', null, 'not an error, but a value of the type object'],
  ['a number', 7, 'not an error, but a value of the type number'],
  ['a value that throws at every access', hostile, 'not an error, but a value of the type object']
] as const) {
  t.test(`${name} as the cause becomes an error with a message and without a stack (K19.1)`, async (t) => {
    const { cause: reason } = new UpstreamError('LATCHKEY_UPSTREAM_STATUS', { cause })
    t.ok(reason instanceof Error)
    like(t, reason, { code: 'LATCHKEY_REASON', message, stack: undefined })
  })
}

t.test('an error as the cause, and no cause, stay as they are (K19.1)', async (t) => {
  const own = new Error('own')
  t.equal(new UpstreamError('LATCHKEY_UPSTREAM_STATUS', { cause: own }).cause, own)
  t.equal(new UpstreamError('LATCHKEY_UPSTREAM_STATUS').cause, undefined)
})
