import { UnavailableError } from '@latchkey/guard'
import {
  argon2Passwords,
  hashPassword,
  type PasswordLoginEvent,
  type PasswordUser,
  type VerifyPassword
} from '@latchkey/passwords'
import { TokenError } from '@latchkey/token-endpoint'
import t from 'tap'
import { like } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import { server } from './fixtures/server.ts'

const failed = { by: 'password', kind: 'failed', clientId: 'first-party' }

t.test('an event has the subject of a sign-in or the code of a failure, and no typed text (SEC-149)', async (t) => {
  const passwordHash = await hashPassword('canary-password')
  const users = new Map<string, PasswordUser>([
    ['canary-ada', { subject: 'u1', passwordHash, scopes: [] }],
    ['canary-bob', { subject: 'u2', passwordHash, scopes: [], disabled: true }],
    ['canary-eve', { subject: 'u3', passwordHash: null, scopes: [] }]
  ])
  const verifyPassword = argon2Passwords({ findUser: (username) => users.get(username) })
  const { post, logged } = await server({ verifyPassword, throttle: { failures: 1 } })
  const events = heard<PasswordLoginEvent>(t, 'latchkey:login')
  await post({ username: 'canary-ada', password: 'canary-password' })
  await post({ username: 'canary-ada', password: 'canary-guess' })
  await post({ username: 'canary-ada', password: 'canary-password' })
  await post({ username: 'canary-bob', password: 'canary-password' })
  await post({ username: 'canary-eve', password: 'canary-password' })
  await post({ username: 'canary-nobody', password: 'canary-password' })
  await post({ username: 'canary\0', password: 'canary-password' })
  await post({ username: 'canary-ada' })
  const expected = [
    { by: 'password', kind: 'login', clientId: 'first-party', subject: 'u1' },
    { ...failed, code: 'wrong_password', subject: 'u1' },
    { ...failed, code: 'throttled', subject: null },
    { ...failed, code: 'disabled_user', subject: 'u2' },
    { ...failed, code: 'no_usable_hash', subject: 'u3' },
    { ...failed, code: 'unknown_user', subject: null },
    { ...failed, code: 'malformed', subject: null }
  ]
  t.strictSame(events, expected, 'a request without a password is not an attempt')
  like(
    t,
    logged.filter(({ event }) => event === 'latchkey:login'),
    expected.map((event) => ({ level: 30, ...event }))
  )
  t.notMatch(JSON.stringify(logged), /canary/)
})

for (const { name, answer, code } of [
  { name: 'returns null', answer: () => null, code: 'refused' },
  { name: 'throws invalid_grant', answer: () => thrown(new TokenError('invalid_grant', 'No.')), code: 'refused' },
  { name: 'throws UnavailableError', answer: () => thrown(new UnavailableError('down')), code: 'unavailable' },
  {
    name: 'throws temporarily_unavailable',
    answer: () => thrown(new TokenError('temporarily_unavailable', 'No.')),
    code: 'unavailable'
  },
  { name: 'throws another error', answer: () => thrown(new TypeError('a fault')), code: 'error' }
]) {
  t.test(`a verifyPassword that ${name} causes an event with the code ${code} (SEC-149)`, async (t) => {
    const verifyPassword: VerifyPassword = async () => answer()
    const { post } = await server({ verifyPassword })
    const events = heard<PasswordLoginEvent>(t, 'latchkey:login')
    await post({ username: 'ada', password: 'guess' })
    t.strictSame(events, [{ ...failed, code, subject: null }])
  })
}

function thrown(error: Error): never {
  throw error
}
