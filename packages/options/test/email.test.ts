import t from 'tap'
import { isEmailAddress } from '@latchkey/options'

for (const address of ['ada@example.com', "o'neil+news@mail.example.co.uk", 'ADA@EXAMPLE.COM', 'ada@localhost']) {
  t.test(`accepts ${address} as an e-mail address`, async (t) => {
    t.equal(isEmailAddress(address), true)
  })
}

for (const other of [
  '',
  'ada',
  '@example.com',
  'ada@',
  'a@b@c',
  'a b@example.com',
  'ada@ex_ample.com',
  'ada@-x.com',
  'ada@\u0435xample.com',
  'ada@example.com\n',
  '<ada@example.com>',
  7,
  null
]) {
  t.test(`refuses ${JSON.stringify(other)} as an e-mail address`, async (t) => {
    t.equal(isEmailAddress(other), false)
  })
}
