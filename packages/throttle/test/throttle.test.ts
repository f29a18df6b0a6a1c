import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import type { FastifyRequest } from 'fastify'
import { RegistrationError, UnavailableError } from '@latchkey/guard'
import type { Guess, ThrottleLimits } from '@latchkey/throttle'
import { fail, RefusedError, right, throttled, TOO_MANY } from './fixtures/throttled.ts'

t.test('verifies no attempt after too many failures until the window ends (SEC-27)', async (t) => {
  const { throttle, guess, time, logged } = await throttled({ failures: 3, window: 60 })
  await fail(throttle, guess('ada'), 2)
  time.seconds += 20
  await fail(throttle, guess('ada'), 1)
  const verify = async () => t.fail('verified it') as never
  for (let again = 0; again < 5; again++) {
    await rejectsLike(t, throttle.attempt(guess('ada'), verify), { ...TOO_MANY, retryAfter: 40 })
  }
  time.seconds += 39
  await rejectsLike(t, throttle.attempt(guess('ada'), verify), { ...TOO_MANY, retryAfter: 1 })
  time.seconds += 1
  t.same(await throttle.attempt(guess('ada'), right), { subject: 'u1' })
  like(t, logged[0], {
    level: 40,
    msg: 'An attempt was throttled',
    throttle: 'PINs',
    limit: 'account and address',
    clientId: 'app'
  })
  t.equal(logged.length, 6)
  t.notMatch(JSON.stringify(logged), 'ada', 'the account name is not in the log (SEC-149)')
})

t.test('counts failures only, and a success clears them (SEC-27)', async (t) => {
  const { throttle, guess } = await throttled({ failures: 3, failuresPerAddress: 5, failuresPerAccount: 5, window: 60 })
  for (let time = 0; time < 20; time++) t.ok(await throttle.attempt(guess('ada'), right))
  await fail(throttle, guess('ada'), 2)
  t.ok(await throttle.attempt(guess('ada'), right))
  await fail(throttle, guess('ada'), 3)
  await rejectsLike(t, throttle.attempt(guess('ada'), right), TOO_MANY)
})

t.test('allows no more concurrent attempts than may fail (SEC-27)', async (t) => {
  const { throttle, guess } = await throttled({ failures: 3, window: 60 })
  const outcomes: (() => void)[] = []
  const slow = async () => new Promise<null>((resolve) => outcomes.push(() => resolve(null)))
  const first = Array.from({ length: 3 }, async () => throttle.attempt(guess('ada'), slow))
  for (let time = 0; time < 10; time++) {
    await rejectsLike(
      t,
      throttle.attempt(guess('ada'), slow),
      { ...TOO_MANY, retryAfter: 1 },
      'the pending attempts end soon'
    )
  }
  t.equal(outcomes.length, 3)
  for (const end of outcomes) end()
  t.same(await Promise.all(first), [null, null, null])
  await rejectsLike(t, throttle.attempt(guess('ada'), right), { ...TOO_MANY, retryAfter: 60 })
})

t.test('counts accounts, addresses and clients separately (SEC-28)', async (t) => {
  const { throttle, guess } = await throttled({ failures: 1, window: 60 })
  await fail(throttle, guess('ada'), 1)
  await rejectsLike(t, throttle.attempt(guess('ada'), right), TOO_MANY)
  t.ok(await throttle.attempt(guess('grace'), right))
  t.ok(await throttle.attempt(guess('ada', '192.0.2.2'), right))
  t.ok(await throttle.attempt(guess('ada', '192.0.2.1', 'other'), right))
})

t.test('an address that tries many accounts reaches its limit (SEC-27)', async (t) => {
  const { throttle, guess } = await throttled({ failures: 10, failuresPerAddress: 4, window: 60 })
  for (const account of ['ada', 'grace', 'mary', 'joan']) await fail(throttle, guess(account), 1)
  await rejectsLike(t, throttle.attempt(guess('edith'), right), TOO_MANY)
  await rejectsLike(t, throttle.attempt(guess('edith', '192.0.2.1', 'other'), right), TOO_MANY)
  t.ok(await throttle.attempt(guess('edith', '192.0.2.2'), right))
})

t.test('an account under attack still accepts a login from a clean address (SEC-28)', async (t) => {
  const limits = { failures: 10, failuresPerAddress: 100, failuresPerAccount: 20, window: 60 }
  const { throttle, guess, logged } = await throttled(limits)
  for (let host = 1; host <= 20; host++) await fail(throttle, guess('ada', `198.51.100.${host}`), 1)
  like(t, logged, [{ level: 40, msg: 'An account is under attack', throttle: 'PINs' }])
  for (let host = 1; host <= 20; host++) {
    await fail(throttle, guess('ada', `198.51.100.${host}`), 2)
    await rejectsLike(
      t,
      throttle.attempt(guess('ada', `198.51.100.${host}`), right),
      TOO_MANY,
      'the limit is three instead of ten'
    )
  }
  await fail(throttle, guess('ada', '192.0.2.1'), 2)
  t.same(await throttle.attempt(guess('ada', '192.0.2.1'), right), { subject: 'u1' })
  t.equal(logged.filter(({ msg }) => msg === 'An account is under attack').length, 1)
})

t.test('failuresUnderAttack sets the limit of an address on an account under attack (SEC-28)', async (t) => {
  const limits = { failures: 5, failuresPerAccount: 2, failuresUnderAttack: 1, window: 60 }
  const { throttle, guess } = await throttled(limits)
  await fail(throttle, guess('ada', '198.51.100.1'), 2)
  await fail(throttle, guess('ada', '192.0.2.1'), 1)
  await rejectsLike(t, throttle.attempt(guess('ada', '192.0.2.1'), right), TOO_MANY)
})

for (const [name, one, other, isSame] of [
  ['two IPv4 addresses', '192.0.2.1', '192.0.2.2', false],
  ['an IPv4 address and its IPv6-mapped form', '192.0.2.1', '::ffff:192.0.2.1', true],
  ['two IPv4 addresses mapped into IPv6', '::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ['two addresses of one /64', '2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
  ['two spellings of one address', '2001:DB8::1', '2001:0db8:0:0:0:0:0:1', true],
  ['two neighbouring /64 networks', '2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['two addresses with the same ending', '2001:db8::1', '::1', false],
  ['a link-local address on two interfaces', 'fe80::1%eth0', 'fe80::2%eth1', true],
  ['two requests of disconnected clients', undefined, undefined, true],
  ['two words instead of addresses', 'unknown', '_hidden', true],
  ['two ports of one address', '192.0.2.1:40040', '192.0.2.1:40041', true]
] as const) {
  t.test(`counts ${name} ${isSame ? 'together' : 'separately'} (SEC-27)`, async (t) => {
    const { throttle, guess } = await throttled({ failures: 1, window: 60 })
    const from = (ip: string | undefined): Guess => ({
      ...guess('ada'),
      request: { ...guess('ada').request, ip } as FastifyRequest
    })
    await fail(throttle, from(one), 1)
    const again = throttle.attempt(from(other), right)
    await (isSame ? rejectsLike(t, again, TOO_MANY) : t.resolves(again))
  })
}

t.test('an error of the verification is not counted (FAULT-11)', async (t) => {
  const { throttle, guess } = await throttled({ failures: 1, failuresPerAddress: 1, failuresPerAccount: 1, window: 60 })
  for (const error of [
    new Error('down'),
    new UnavailableError('down'),
    new RegistrationError('login', 'url must be a URL')
  ]) {
    const down = async () => Promise.reject(error)
    for (let time = 0; time < 5; time++) await rejectsLike(t, throttle.attempt(guess('ada'), down), error)
  }
  t.ok(await throttle.attempt(guess('ada'), right))
})

t.test('an error that isFailure accepts counts as a failure (SEC-27)', async (t) => {
  const { throttle, guess } = await throttled({ failures: 2, window: 60 })
  const refuse = async () => Promise.reject(new RefusedError('No.'))
  for (let time = 0; time < 2; time++) await rejectsLike(t, throttle.attempt(guess('ada'), refuse), { message: 'No.' })
  await rejectsLike(t, throttle.attempt(guess('ada'), right), TOO_MANY)
})

t.test('a clock that is set back does not extend a lockout', async (t) => {
  const { throttle, guess, time } = await throttled({ failures: 1, window: 60 })
  await fail(throttle, guess('ada'), 1)
  time.seconds -= 3_600
  t.ok(await throttle.attempt(guess('ada'), right))
})

t.test('stores 50,000 counts at most, and deletes the oldest first', async (t) => {
  const { throttle, guess, time } = await throttled({ failures: 1, window: 60 })
  await fail(throttle, guess('first'), 1)
  time.seconds += 1
  for (let i = 1; i < 50_000; i++) await fail(throttle, guess(`user-${i}`), 1)
  await rejectsLike(t, throttle.attempt(guess('first'), right), TOO_MANY)
  await fail(throttle, guess('last'), 1)
  t.ok(await throttle.attempt(guess('first'), right))
  await rejectsLike(t, throttle.attempt(guess('last'), right), TOO_MANY)
})

const mistakes: [name: string, limits: object, message: string][] = [
  [
    'without a limit',
    { window: 60 },
    'The throttle for PINs: failures must be a whole number of failures from 1 to 1000000000; got undefined'
  ],
  [
    'without a window',
    { failures: 1 },
    'The throttle for PINs: window must be a whole number of seconds from 1 to 86400; got undefined'
  ],
  [
    'with a limit of NaN',
    { failures: Number.NaN, window: 60 },
    'The throttle for PINs: failures must be a whole number of failures from 1 to 1000000000; got a number'
  ],
  [
    'with a limit of 0',
    { failures: 1, failuresPerAddress: 0, window: 60 },
    'The throttle for PINs: failuresPerAddress must be a whole number of failures from 1 to 1000000000; got a number'
  ],
  [
    'with a limit as a text',
    { failures: 1, failuresPerAccount: '9', window: 60 },
    'The throttle for PINs: failuresPerAccount must be a whole number of failures from 1 to 1000000000; got a string'
  ],
  [
    'with a limit of 0.5',
    { failures: 1, failuresUnderAttack: 0.5, window: 60 },
    'The throttle for PINs: failuresUnderAttack must be a whole number of failures from 1 to 1000000000; got a number'
  ],
  [
    'with a window of more than a day',
    { failures: 1, window: 86_401 },
    'The throttle for PINs: window must be a whole number of seconds from 1 to 86400; got a number'
  ],
  [
    'with an unknown limit',
    { failures: 1, window: 60, max: 3 },
    'The throttle for PINs: max does not exist. Fix: use one of failures, failuresPerAddress, failuresPerAccount, failuresUnderAttack, window'
  ]
]
for (const [name, limits, message] of mistakes) {
  t.test(`refuses a throttle ${name}`, async (t) => {
    // A caller in plain JavaScript.
    await rejectsLike(t, throttled(limits as ThrottleLimits), {
      constructor: RegistrationError,
      message
    })
  })
}
