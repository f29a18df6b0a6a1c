import passwordGrant from '@latchkey/password-grant'
import { type VerifyPassword } from '@latchkey/passwords'
import { RegistrationError } from '@latchkey/token-endpoint'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { server } from './fixtures/server.ts'

const knowsAda: VerifyPassword = async () => ({ subject: 'u1', scopes: [] })

const wrong: [name: string, options: object, message: string][] = [
  ['without verifyPassword', {}, '@latchkey/password-grant: verifyPassword must be a function; got undefined'],
  [
    'with a verifyPassword that is not a function',
    { verifyPassword: 'secret' },
    '@latchkey/password-grant: verifyPassword must be a function; got a string'
  ],
  [
    'with a now that is not a function',
    { verifyPassword: knowsAda, now: 0 },
    '@latchkey/password-grant: now must be a function; got a number'
  ],
  [
    'with the throttle false',
    { verifyPassword: knowsAda, throttle: false },
    '@latchkey/password-grant: throttle must be an object with failures, failuresPerAddress, failuresPerAccount, failuresUnderAttack, window; got a boolean'
  ],
  [
    'with the throttle null',
    { verifyPassword: knowsAda, throttle: null },
    '@latchkey/password-grant: throttle must be an object with failures, failuresPerAddress, failuresPerAccount, failuresUnderAttack, window; got null'
  ],
  [
    'with a timeout of 0',
    { verifyPassword: knowsAda, timeout: 0 },
    '@latchkey/password-grant: timeout must be a whole number of seconds from 1 to 300; got a number'
  ],
  [
    'with an unknown option',
    { verifyPassword: knowsAda, pepper: 'x' },
    '@latchkey/password-grant: pepper does not exist. Fix: use one of verifyPassword, throttle, timeout, now'
  ]
]

for (const [name, options, message] of wrong) {
  t.test(`cannot be registered ${name}`, async (t) => {
    const { app } = await server()
    // A caller in plain JavaScript.
    const refusal = async () => app.register(passwordGrant, options as Parameters<typeof passwordGrant>[1])
    await rejectsLike(t, refusal, {
      constructor: RegistrationError,
      message
    })
  })
}
