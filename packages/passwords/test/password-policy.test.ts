import { mock } from 'node:test'
import { RegistrationError } from '@latchkey/guard'
import { passwordPolicy } from '@latchkey/passwords'
import t from 'tap'
import { rejectsLike, throwsLike } from '@latchkey/exact'

const GOOD = 'correct horse battery'
const UNCHECKED = { code: 'LATCHKEY_UNAVAILABLE', message: 'The password could not be checked' }

const weak: [name: string, password: string, weakness: string | null][] = [
  ['15 characters', 'a'.repeat(15), null],
  ['14 characters', 'a'.repeat(14), 'too_short'],
  ['15 characters beyond the basic plane', '😀'.repeat(15), null],
  ['14 characters that are 28 UTF-16 code units', '😀'.repeat(14), 'too_short'],
  ['14 characters that are 15 before normalization', `${'a'.repeat(13)}e\u0301`, 'too_short'],
  ['spaces only', ' '.repeat(15), null],
  ['1024 bytes', 'a'.repeat(1024), null],
  ['1025 bytes', 'a'.repeat(1025), 'malformed'],
  ['no character', '', 'malformed'],
  ['a lone surrogate', `${'a'.repeat(15)}\uD800`, 'malformed']
]

for (const [name, password, weakness] of weak) {
  t.test(`returns ${weakness} for a password of ${name} (SEC-18)`, async (t) => {
    t.equal(await passwordPolicy().weaknessOf(password), weakness)
  })
}

t.test('minLength is 15 by default, and may be as low as 8', async (t) => {
  t.equal(passwordPolicy().minLength, 15)
  const policy = passwordPolicy({ minLength: 8 })
  t.equal(await policy.weaknessOf('12345678'), null)
  t.equal(await policy.weaknessOf('1234567'), 'too_short')
})

t.test('asks isCompromised for the NFC form of a password that is long enough', async (t) => {
  const asked: string[] = []
  const policy = passwordPolicy({
    isCompromised: (password) => {
      asked.push(password)
      return password === GOOD
    }
  })
  t.equal(await policy.weaknessOf(GOOD), 'compromised')
  t.equal(await policy.weaknessOf(`${GOOD} cafe\u0301`), null)
  t.equal(await policy.weaknessOf('short'), 'too_short')
  t.strictSame(asked, [GOOD, `${GOOD} caf\u00E9`])
})

for (const [name, isCompromised] of [
  [
    'throws',
    () => {
      throw new Error('connection lost')
    }
  ],
  ['rejects', async () => Promise.reject(new Error('connection lost'))],
  ['returns no boolean', () => undefined as never]
] as const) {
  t.test(`accepts no password when isCompromised ${name}`, async (t) => {
    await rejectsLike(t, passwordPolicy({ isCompromised }).weaknessOf(GOOD), UNCHECKED)
  })
}

t.test('accepts no password when isCompromised is late', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const policy = passwordPolicy({ isCompromised: async () => new Promise<boolean>(() => undefined), timeout: 3 })
  const answer = policy.weaknessOf(GOOD)
  mock.timers.tick(3_000)
  await rejectsLike(t, answer, UNCHECKED)
})

for (const [options, message] of [
  [{ minLength: 7 }, 'minLength must be a whole number of characters from 8 to 64; got a number'],
  [{ isCompromised: true }, 'isCompromised must be a function; got a boolean'],
  [{ timeout: 0 }, 'timeout must be a whole number of seconds from 1 to 60; got a number']
] as const) {
  t.test(`refuses the options ${JSON.stringify(options)}`, async (t) => {
    throwsLike(t, () => passwordPolicy(options as object), new RegistrationError('passwordPolicy()', message))
  })
}
