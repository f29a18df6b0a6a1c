import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import type { AccountChangedEvent, AccountMailEvent } from '@latchkey/password-login'
import { accountServer, NEW_PASSWORD, row, type Table, table } from '../fixtures/account.ts'
import { cookieOf, origin } from '../fixtures/server.ts'

t.test('a user proves another address, which replaces the first', async (t) => {
  const events = heard<AccountChangedEvent | AccountMailEvent>(t, 'latchkey:account')
  const { app, open, post, next, logIn, sessions, table } = await accountServer(t)
  const cookie = await logIn('ada')
  await logIn('ada')
  const headers = { cookie }
  t.equal((await open('/login/change-email', cookie)).statusCode, 200)
  const asked = await post('change-email', { email: 'new@example.com' }, { headers })
  t.same([asked.statusCode, asked.headers.location], [303, '/login/change-email?done'])
  const mail = await next()
  like(t, mail, { kind: 'change-email', to: 'new@example.com', url: String, expiresAt: Number })
  const url = new URL(mail.url)
  const page = await open(url.pathname + url.search, cookie)
  t.equal(page.statusCode, 200)
  contains(t, page.body, '<button class="button main">Use this address</button>')
  t.equal(table.rows[0]?.email, 'ada@example.com', 'opening the link changes nothing')
  const token = url.searchParams.get('token') ?? ''
  const changed = await post('change-email/link', { token }, { headers })
  t.same([changed.statusCode, changed.headers.location], [303, '/'])
  like(t, table.rows[0], row('ada', { email: 'new@example.com' }))
  t.same(
    [...sessions.keys()].map((id) => `session=${id}`),
    [cookieOf(changed)],
    'all other sessions have ended'
  )
  like(
    t,
    [...sessions.values()],
    [
      {
        subject: 'id-of-ada',
        scopes: ['items:read'],
        claims: undefined,
        authenticatedAt: Number,
        lifetime: { remembered: false }
      }
    ]
  )
  t.same(await next(), { kind: 'email-changed', to: 'ada@example.com', url: `${origin}/login/reset-password` })
  await app.close()
  t.same(
    events.map(({ kind, subject }) => [kind, subject]),
    [
      ['mail-sent', 'id-of-ada'],
      ['email-changed', 'id-of-ada'],
      ['mail-sent', 'id-of-ada']
    ]
  )
})

t.test('it needs a login of the last ten minutes', async (t) => {
  const { open, send, sessions } = await accountServer(t)
  const authenticatedAt = Math.floor(Date.now() / 1000) - 700
  sessions.set('old', { subject: 'id-of-ada', authenticatedAt })
  const page = await open('/login/change-email', 'session=old')
  t.same([page.statusCode, page.headers.location], [303, '/login?returnTo=%2Flogin%2Fchange-email&prompt=login'])
  const answer = await send('change-email', { email: 'new@example.com' }, { headers: { cookie: 'session=old' } })
  t.equal(answer.statusCode, 401)
})

t.test('if the time of the login is unknown, the age of the session counts', async (t) => {
  const { open, send, sessions } = await accountServer(t)
  const createdAt = Math.floor(Date.now() / 1000)
  sessions.set('new', { subject: 'id-of-ada', authenticatedAt: null, createdAt })
  sessions.set('old', { subject: 'id-of-ada', authenticatedAt: null, createdAt: createdAt - 700 })
  const body = { email: 'new@example.com' }
  t.equal((await open('/login/change-email', 'session=new')).statusCode, 200)
  t.equal((await send('change-email', body, { headers: { cookie: 'session=new' } })).statusCode, 202)
  // A redirect to a fresh login could come back for ever: the provider cannot prove one.
  const page = await open('/login/change-email', 'session=old')
  t.equal(page.statusCode, 403)
  contains(t, page.body, 'role="alert">Log out and log in again to do this.</p>')
  const answer = await send('change-email', body, { headers: { cookie: 'session=old' } })
  t.same([answer.statusCode, answer.json().error], [403, 'recent_login_required'])
})

t.test('a login in the future, as after a clock was set back, is not recent', async (t) => {
  const { open, send, sessions } = await accountServer(t)
  const now = Math.floor(Date.now() / 1000)
  const body = { email: 'new@example.com' }
  for (const [ahead, page, known, unknown] of [
    [30, 200, 202, 202],
    [700, 303, 401, 403]
  ] as const) {
    sessions.set('known', { subject: 'id-of-ada', authenticatedAt: now + ahead })
    sessions.set('unknown', { subject: 'id-of-ada', authenticatedAt: null, createdAt: now + ahead })
    const answers = [
      await open('/login/change-email', 'session=known'),
      await send('change-email', body, { headers: { cookie: 'session=known' } }),
      await send('change-email', body, { headers: { cookie: 'session=unknown' } })
    ]
    t.same(
      answers.map(({ statusCode }) => statusCode),
      [page, known, unknown],
      `${ahead} seconds`
    )
  }
})

t.test('the link works for the user who asked only', async (t) => {
  const users = table([row('ada'), row('eve')])
  const { send, nextToken, logIn } = await accountServer(t, {}, { users })
  const [ada, eve] = [await logIn('ada'), await logIn('eve')]
  await send('change-email', { email: 'new@example.com' }, { headers: { cookie: eve } })
  const token = await nextToken('change-email')
  const stranger = await send('change-email/link', { token }, { headers: { cookie: ada } })
  t.same([stranger.statusCode, stranger.json().error], [400, 'invalid_link'])
  t.same(
    users.rows.map(({ email }) => email),
    ['ada@example.com', 'eve@example.com']
  )
  const own = await send('change-email/link', { token }, { headers: { cookie: eve } })
  t.same([own.statusCode, own.json()], [200, { subject: 'id-of-eve', returnTo: '/' }])
  t.equal(users.rows[1]?.email, 'new@example.com')
})

for (const [title, end] of [
  ['is disabled', (users: Table) => Object.assign(users.rows[0] ?? {}, { disabled: true })],
  ['is gone', (users: Table) => users.rows.splice(0)]
] as const) {
  t.test(`the link does not work for a user who ${title}, also while the session is live`, async (t) => {
    let asked = 0
    const users = table([row('ada')])
    const setVerified: Table['setVerified'] = async (...address) => {
      asked++
      return users.setVerified(...address)
    }
    const { send, nextToken, logIn } = await accountServer(t, {}, { users: { ...users, setVerified } })
    const headers = { cookie: await logIn('ada') }
    await send('change-email', { email: 'new@example.com' }, { headers })
    const token = await nextToken('change-email')
    end(users)
    const answer = await send('change-email/link', { token }, { headers })
    t.same([answer.statusCode, answer.json().error, asked], [400, 'invalid_link', 0])
  })
}

t.test('the address of another account is not told, and is not taken over', async (t) => {
  const { app, send, next, logIn, mails, table } = await accountServer(t)
  const headers = { cookie: await logIn('ada') }
  const known = await send('change-email', { email: 'bob@example.com' }, { headers })
  const unknown = await send('change-email', { email: 'new@example.com' }, { headers })
  t.same([known.statusCode, known.body], [unknown.statusCode, unknown.body])
  await next()
  const second = await next()
  const link = mails.find(({ kind }) => kind === 'change-email')
  t.same(mails.map(({ kind, to }) => [kind, to]).sort(), [
    ['change-email', 'new@example.com'],
    ['change-email-known', 'bob@example.com']
  ])
  t.ok(second)
  // Another account takes the address before the link is used.
  table.rows.push(row('eve', { email: 'new@example.com' }))
  const token = link && new URL(link.url).searchParams.get('token')
  const answer = await send('change-email/link', { token }, { headers })
  t.same([answer.statusCode, answer.json().error], [400, 'invalid_link'])
  t.equal(table.rows[0]?.email, 'ada@example.com')
  Object.assign(table.rows[1] ?? {}, { disabled: true })
  t.equal((await send('change-email', { email: 'bob@example.com' }, { headers })).statusCode, 202)
  await app.close()
  t.equal(mails.length, 2, 'a disabled user gets no mail')
})

t.test('a user of a provider adds an address, and gets a first password by a reset', async (t) => {
  const users = table([row('ada', { email: null, username: 'ada', passwordHash: null, verified: false })])
  const { app, send, nextToken, mails, sessions, form } = await accountServer(t, {}, { users })
  sessions.set('own', { subject: 'id-of-ada', authenticatedAt: Math.floor(Date.now() / 1000), lifetime: {} })
  const headers = { cookie: 'session=own' }
  await send('change-email', { email: 'ada@example.com' }, { headers })
  const added = await send('change-email/link', { token: await nextToken('change-email') }, { headers })
  t.equal(added.statusCode, 200)
  await send('reset-password', { email: 'ada@example.com' })
  const token = await nextToken('reset-password')
  t.equal((await send('reset-password/link', { token, newPassword: NEW_PASSWORD })).statusCode, 200)
  t.equal((await form({ username: 'ada', password: NEW_PASSWORD })).statusCode, 303)
  await app.close()
  t.same(
    mails.map(({ kind }) => kind),
    ['change-email', 'reset-password', 'password-changed']
  )
})

t.test('the same address again changes nothing and sends no notice', async (t) => {
  const { app, send, nextToken, logIn, mails, sessions } = await accountServer(t)
  const cookie = await logIn('ada')
  sessions.forEach((session, id) =>
    sessions.set(id, { ...session, authenticatedAt: Math.floor(Date.now() / 1000) - 5 })
  )
  await send('change-email', { email: 'ada@example.com' }, { headers: { cookie } })
  const token = await nextToken('change-email')
  sessions.forEach((session, id) => sessions.set(id, { ...session, authenticatedAt: null }))
  t.equal((await send('change-email/link', { token }, { headers: { cookie } })).statusCode, 200)
  t.same(
    [...sessions.values()].map(({ authenticatedAt }) => authenticatedAt),
    [null],
    'the time stays unknown'
  )
  await app.close()
  t.same(
    mails.map(({ kind }) => kind),
    ['change-email']
  )
})
