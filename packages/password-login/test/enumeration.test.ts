import t from 'tap'
import { argon2Passwords, hashPassword, type PasswordUser } from '@latchkey/passwords'
import { PASSWORD, server } from './fixtures/server.ts'

const passwordHash = await hashPassword(PASSWORD)
const users = new Map<string, PasswordUser>([
  ['alice', { subject: '1', scopes: [], passwordHash }],
  ['gone', { subject: '2', scopes: [], passwordHash, disabled: true }],
  ['provider', { subject: '3', scopes: [], passwordHash: null }]
])

const refused: [title: string, username: string, password: string][] = [
  ['a wrong password', 'alice', 'wrong'],
  ['an unknown user', 'nobody', PASSWORD],
  ['a disabled user with the right password', 'gone', PASSWORD],
  ['a disabled user with a wrong password', 'gone', 'wrong'],
  ['a user without a password', 'provider', PASSWORD],
  ['a name that no user can have', 'al\u0000ice', PASSWORD],
  ['a password that is too long', 'alice', 'x'.repeat(1025)]
]

t.test('the answer is the same, byte for byte, for every user that is refused (SEC-16)', async (t) => {
  const { form, json } = await server(t, {
    verifyPassword: argon2Passwords({ findUser: (name) => users.get(name) }),
    throttle: { failures: 100 }
  })
  const answers = new Map<string, string[]>()
  for (const [title, username, password] of refused) {
    const [page, data] = [await form({ username, password }), await json({ username, password })]
    for (const { statusCode, headers, body } of [page, data]) {
      const { date, 'content-length': _length, ...others } = headers
      // The page repeats the name, which the sender knows.
      const same = body.replace(/value="[^"]*"/, 'value=""')
      const answer = JSON.stringify([statusCode, others, same])
      answers.set(answer, [...(answers.get(answer) ?? []), title])
      t.type(date, 'string')
    }
  }
  t.equal(answers.size, 2, 'one page and one JSON answer')
  t.equal((await json({ username: 'alice', password: PASSWORD })).statusCode, 200)
})
