import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import type { PasswordRequestEvent } from '@latchkey/password-login'
import type { PasswordLoginEvent } from '@latchkey/passwords'
import { accountServer, PASSWORD, row, table } from '../fixtures/account.ts'

const right = { username: 'bob', password: PASSWORD }

t.test('a user whose address is not verified is not logged in, and gets a link', async (t) => {
  const events = heard<PasswordLoginEvent | PasswordRequestEvent>(t, 'latchkey:login')
  const { form, json, open, post, next, sessions, table } = await accountServer(t)
  const refused = await form({ ...right, returnTo: '/items' })
  t.equal(refused.statusCode, 403)
  contains(
    t,
    refused.body,
    'role="alert">The e-mail address of this account is not verified yet. Open the link in the e-mail to you.</p>'
  )
  t.equal(refused.headers['set-cookie'], undefined)
  like(t, events.at(-1), { by: 'password', kind: 'failed', clientId: null, code: 'unverified_email', subject: null })
  const data = await json(right)
  t.same([data.statusCode, data.json().error], [403, 'unverified_email'])
  t.equal(sessions.size, 0)

  const mail = await next()
  like(t, mail, { kind: 'verify-email', to: 'bob@example.com', url: String, expiresAt: Number })
  const url = new URL(mail.url)
  const page = await open(url.pathname + url.search)
  t.equal(page.statusCode, 200)
  contains(t, page.body, 'If you have no account here, close this page.')
  t.equal(table.rows[1]?.verified, false, 'opening the link changes nothing')
  const token = url.searchParams.get('token') ?? ''
  const verified = await post('verify-email/link', { token, password: PASSWORD })
  t.same([verified.statusCode, verified.headers.location], [303, '/items'])
  t.same([table.rows[1]?.verified, sessions.size], [true, 1])
  t.equal((await post('verify-email/link', { token, password: PASSWORD })).statusCode, 400)
  t.equal((await form(right)).statusCode, 303)
})

t.test(
  'the link alone does not verify: it needs the password of its user, within the limits of the login',
  async (t) => {
    const { form, send, post, nextToken, table, sessions } = await accountServer(
      t,
      {},
      { options: { throttle: { failures: 3 } } }
    )
    await form(right)
    const token = await nextToken('verify-email')
    t.same((await send('verify-email/link', { token })).json(), {
      error: 'invalid_request',
      error_description: 'The password is missing.'
    })
    const wrong = await post('verify-email/link', { token, password: 'guess' })
    t.equal(wrong.statusCode, 401)
    contains(t, wrong.body, '<p class="fault" id="password-fault">The password is wrong.</p>')
    for (const status of [401, 401, 429]) {
      t.equal((await send('verify-email/link', { token, password: 'guess' })).statusCode, status)
    }
    t.same([table.rows[1]?.verified, sessions.size], [false, 0])
  }
)

t.test('a link is refused when the address or the password of its user is gone', async (t) => {
  for (const change of [{ email: 'other@example.com' }, { passwordHash: null }, { disabled: true }]) {
    const { form, send, nextToken, table } = await accountServer(t)
    await form(right)
    const token = await nextToken('verify-email')
    Object.assign(table.rows[1] ?? {}, change)
    const answer = await send('verify-email/link', { token, password: PASSWORD })
    t.same([answer.statusCode, answer.json().error], [400, 'invalid_link'])
    t.equal(table.rows[1]?.verified, false)
  }
})

t.test(
  'a link is refused when another user has verified the address meanwhile, and works for no other user',
  async (t) => {
    const users = table([row('bob', { verified: false })])
    const { form, send, nextToken } = await accountServer(
      t,
      {},
      {
        users: { ...users, setVerified: async () => false }
      }
    )
    await form(right)
    const token = await nextToken('verify-email')
    t.equal((await send('verify-email/link', { token, password: PASSWORD })).json().error, 'invalid_link')
    const { passwordHash: _, ...other } = row('eve')
    const swapped = { ...users, verifyPassword: async () => other }
    const second = await accountServer(t, {}, { users: swapped })
    t.equal((await second.form(right)).statusCode, 500, 'findBySubject does not find the user of verifyPassword')
  }
)

t.test('a password of another user does not verify', async (t) => {
  const users = table()
  let isSwapped = false
  const verifyPassword: typeof users.verifyPassword = async (credentials, context) =>
    isSwapped ? { subject: 'id-of-ada' } : users.verifyPassword(credentials, context)
  const { form, send, nextToken } = await accountServer(t, {}, { users: { ...users, verifyPassword } })
  await form(right)
  const token = await nextToken('verify-email')
  isSwapped = true
  const answer = await send('verify-email/link', { token, password: PASSWORD })
  t.same([answer.statusCode, answer.json().error, users.rows[1]?.verified], [401, 'invalid_credentials', false])
})

t.test('without verifyEmail, such a user is refused and gets no mail; so is a user without an address', async (t) => {
  for (const [account, change] of [
    [{ verifyEmail: false }, {}],
    [{}, { email: null }]
  ] as const) {
    const { app, json, mails, table, sessions } = await accountServer(t, account)
    Object.assign(table.rows[1] ?? {}, change)
    const answer = await json(right)
    t.same(
      [answer.statusCode, answer.json()],
      [403, { error: 'unverified_email', error_description: 'The e-mail address of this account is not verified.' }]
    )
    await app.close()
    t.same([mails, sessions.size], [[], 0])
  }
})

t.test('JSON verifies the address, and a login without returnTo ends at the option returnTo', async (t) => {
  const { json, send, nextToken } = await accountServer(t, {}, { options: { returnTo: '/home' } })
  await json(right)
  const answer = await send('verify-email/link', { token: await nextToken('verify-email'), password: PASSWORD })
  t.same([answer.statusCode, answer.json()], [200, { subject: 'id-of-bob', returnTo: '/home' }])
  t.match(answer.headers['set-cookie'], /^session=\w+; Path=\/$/)
})
