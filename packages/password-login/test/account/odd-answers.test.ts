import t from 'tap'
import { accountServer, hashOf, NEW_PASSWORD, PASSWORD, row, type Table, table } from '../fixtures/account.ts'

const SECRET = 'secret-of-the-hook'

t.test('a user with disabled: 1, as SQLite and MySQL return it, gets no mail', async (t) => {
  // Cast: a table without types.
  const users = table([row('ada', { disabled: 1 as never })])
  const { app, send, mails } = await accountServer(t, {}, { users })
  for (const path of ['sign-up', 'reset-password']) {
    t.equal((await send(path, { email: 'ada@example.com' })).statusCode, 202)
  }
  await app.close()
  t.same(mails, [])
})

t.test('a link does not work for a user with disabled: 1', async (t) => {
  const { send, nextToken, table } = await accountServer(t)
  await send('reset-password', { email: 'ada@example.com' })
  const token = await nextToken('reset-password')
  Object.assign(table.rows[0] ?? {}, { disabled: 1 })
  t.equal((await send('reset-password/link', { token, newPassword: NEW_PASSWORD })).statusCode, 400)
  t.equal(table.rows[0]?.passwordHash, hashOf(PASSWORD))
})

// Casts below: answers of an application without types.
const users: [value: unknown, fault: string][] = [
  [[], 'a user, null or undefined; got an empty list'],
  ['ada', 'a user, null or undefined; got a string'],
  [true, 'a user, null or undefined; got a boolean'],
  [{ ...row('ada'), subject: 1 }, 'a user whose subject is a non-empty string; got a number'],
  [{ subject: '1', verified: true, username: null }, 'a user whose email is a string or null; got undefined'],
  [{ subject: '1', verified: true, email: null }, 'a user whose username is a string or null; got undefined']
]

for (const [value, fault] of users) {
  t.test(`findByEmail returns ${JSON.stringify(value)}: no mail, and the log contains the fault`, async (t) => {
    const odd: Table = { ...table(), findByEmail: (async () => value) as never }
    const lines: string[] = []
    const logger = { stream: { write: (line: string) => void lines.push(line) } }
    const { app, send, mails } = await accountServer(t, {}, { users: odd, fastify: { logger } })
    t.equal((await send('sign-up', { email: 'eve@example.com' })).statusCode, 202)
    await app.close()
    t.same(mails, [])
    t.equal(lines.filter((line) => line.includes(`account.users.findByEmail must return ${fault}`)).length, 1)
  })
}

for (const value of [undefined, 1, [], {}, 'yes']) {
  t.test(`setVerified returns ${JSON.stringify(value)}: 500, and no session`, async (t) => {
    const odd: Table = { ...table(), setVerified: (async () => value) as never }
    const { form, send, nextToken, sessions } = await accountServer(t, {}, { users: odd })
    await form({ username: 'bob', password: PASSWORD })
    const token = await nextToken('verify-email')
    t.equal((await send('verify-email/link', { token, password: PASSWORD })).statusCode, 500)
    t.equal(sessions.size, 0)
  })
}

for (const value of [undefined, 1, [], {}, { subject: 1 }, { subject: '' }, 'yes']) {
  t.test(`createUser returns ${JSON.stringify(value)}: 500, and no session`, async (t) => {
    const odd: Table = { ...table(), createUser: (async () => value) as never }
    const { send, nextToken, sessions } = await accountServer(t, {}, { users: odd })
    await send('sign-up', { email: 'eve@example.com' })
    const token = await nextToken('sign-up')
    t.equal((await send('sign-up/link', { token, username: 'ada', newPassword: PASSWORD })).statusCode, 500)
    t.equal(sessions.size, 0)
  })
}

t.test('a new user is logged in as no other user, even with the name and the password of that user', async (t) => {
  const users: Table = { ...table(), createUser: async () => ({ subject: 'id-of-eve' }) }
  const { send, nextToken, sessions } = await accountServer(t, {}, { users })
  await send('sign-up', { email: 'eve@example.com' })
  const token = await nextToken('sign-up')
  t.equal((await send('sign-up/link', { token, username: 'ada', newPassword: PASSWORD })).statusCode, 401)
  t.equal(sessions.size, 0)
})

for (const value of [undefined, null, '', 1]) {
  t.test(`hashPassword returns ${JSON.stringify(value)}: 500, and the password stays`, async (t) => {
    const { send, nextToken, table } = await accountServer(t, { hashPassword: (async () => value) as never })
    await send('reset-password', { email: 'ada@example.com' })
    const token = await nextToken('reset-password')
    t.equal((await send('reset-password/link', { token, newPassword: NEW_PASSWORD })).statusCode, 500)
    t.equal(table.rows[0]?.passwordHash, hashOf(PASSWORD))
  })
}

const failed = (members: object): Error => Object.assign(new Error(SECRET), members)
const thrown: [name: string, error: unknown, statusCode: number][] = [
  ['an error with 401', failed({ statusCode: 401 }), 401],
  ['an error with 403', failed({ statusCode: 403 }), 403],
  ['an error with 503', failed({ statusCode: 503 }), 503],
  ['an error with the status NaN', failed({ statusCode: Number.NaN }), 500],
  ['an error with the status 404.5', failed({ statusCode: 404.5 }), 500],
  ['an error with a time below 0', failed({ statusCode: 503, retryAfter: -1.5 }), 503],
  ['undefined', undefined, 500],
  ['null', null, 500],
  ['a text', SECRET, 500],
  ['a symbol', Symbol(SECRET), 500],
  ['an object without a prototype', Object.create(null), 500]
]

for (const [name, error, statusCode] of thrown) {
  t.test(`setPassword rejects with ${name}: the answer contains nothing of it`, async (t) => {
    const failing: Table = {
      ...table(),
      async setPassword() {
        throw error
      }
    }
    const { post, send, logIn, nextToken } = await accountServer(t, {}, { users: failing })
    const headers = { cookie: await logIn('ada') }
    const body = { password: PASSWORD, newPassword: NEW_PASSWORD }
    await send('reset-password', { email: 'ada@example.com' })
    const token = await nextToken('reset-password')
    for (const answer of [
      await send('change-password', body, { headers }),
      await post('change-password', body, { headers }),
      await send('reset-password/link', { token, newPassword: NEW_PASSWORD })
    ]) {
      t.equal(answer.statusCode, statusCode)
      t.equal(answer.body.includes(SECRET), false)
      t.equal(answer.headers['retry-after'], statusCode === 503 ? '5' : undefined)
    }
  })

  t.test(`sendMail throws ${name}: the answer is the same`, async (t) => {
    let calls = 0
    const sendMail = (): never => {
      calls++
      throw error
    }
    const { app, send } = await accountServer(t, { sendMail })
    t.equal((await send('reset-password', { email: 'ada@example.com' })).statusCode, 202)
    await app.close()
    t.equal(calls, 1)
  })
}
