import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import type { AccountChangedEvent, AccountMailEvent } from '@latchkey/password-login'
import { accountServer, NEW_PASSWORD } from '../fixtures/account.ts'
import { origin } from '../fixtures/server.ts'

t.test('a visitor proves an address, chooses a name and a password, and is logged in', async (t) => {
  const events = heard<AccountChangedEvent | AccountMailEvent>(t, 'latchkey:account')
  const { open, post, next, table, sessions } = await accountServer(t)
  contains(t, (await open('/login')).body, '<a href="/login/sign-up">Create an account</a>')
  const page = await open('/login/sign-up?returnTo=/items')
  t.equal(page.statusCode, 200)
  contains(t, page.body, '<form method="post" action="/login/sign-up">')
  contains(t, page.body, '<input type="hidden" name="returnTo" value="/items">')
  t.match(
    page.body,
    /<input id="email" name="email" value="" required maxlength="256" autocomplete="email"\ninputmode="email"/
  )

  const asked = await post('sign-up', { email: ' Eve@Example.com ', returnTo: '/items' })
  t.same([asked.statusCode, asked.headers.location], [303, '/login/sign-up?done'])
  contains(
    t,
    (await open('/login/sign-up?done')).body,
    '<p role="status">If the address is right, an e-mail is on its way.'
  )
  const mail = await next()
  like(t, mail, { kind: 'sign-up', to: 'eve@example.com', url: String, expiresAt: Number })
  const url = new URL(mail.url)
  t.same([url.origin, url.pathname, [...url.searchParams.keys()]], [origin, '/login/sign-up/link', ['token']])
  const token = url.searchParams.get('token') ?? ''
  t.match(token, /^[\w-]{43}$/)
  t.equal(table.rows.length, 2, 'there is no account before the link was used')

  const form = await open(url.pathname + url.search)
  t.equal(form.statusCode, 200)
  t.equal(form.headers['referrer-policy'], 'strict-origin', 'the token does not leave the page in a Referer')
  contains(t, form.body, `<input type="hidden" name="token" value="${token}">`)
  t.match(form.body, /name="username" value="" required maxlength="256" autocomplete="username"/)
  t.match(
    form.body,
    /name="newPassword" type="password" required autocomplete="new-password" aria-describedby="newPassword-hint">/
  )

  const created = await post('sign-up/link', { token, username: 'eve', newPassword: NEW_PASSWORD })
  t.same([created.statusCode, created.headers.location], [303, '/items'])
  t.same(table.rows[2], {
    subject: 'id-of-eve',
    username: 'eve',
    email: 'eve@example.com',
    verified: true,
    passwordHash: `hash of ${NEW_PASSWORD}`
  })
  like(
    t,
    [...sessions.values()],
    [
      {
        subject: 'id-of-eve',
        scopes: ['items:read'],
        claims: undefined,
        authenticatedAt: Number,
        lifetime: { remembered: false }
      }
    ]
  )
  t.same(events, [
    { by: 'password', kind: 'mail-sent', mail: 'sign-up', subject: null },
    { by: 'password', kind: 'signed-up', subject: 'id-of-eve' }
  ])
})

t.test('JSON signs a user up, and an e-mail address can be the login name', async (t) => {
  const { send, nextToken, open, table } = await accountServer(t, {}, { options: { loginName: 'email' } })
  const asked = await send('sign-up', { email: 'eve@example.com' })
  t.same([asked.statusCode, asked.json()], [202, { sent: true }])
  const token = await nextToken('sign-up')
  t.notMatch((await open(`/login/sign-up/link?token=${token}`)).body, /name="username"/)
  const created = await send('sign-up/link', { token, newPassword: NEW_PASSWORD })
  t.same([created.statusCode, created.json()], [200, { subject: 'id-of-eve@example.com', returnTo: '/' }])
  t.match(created.headers['set-cookie'], /^session=\w+; Path=\/$/)
  t.equal(table.rows[2]?.username, 'eve@example.com')
})

t.test('an address with an account gets a notice, and the answer is the same as for any other address', async (t) => {
  const { post, send, next, mails } = await accountServer(t)
  const answers = [
    await post('sign-up', { email: 'ada@example.com' }),
    await post('sign-up', { email: 'nobody@example.com' }),
    await post('sign-up', { email: 'bob@example.com' })
  ].map(({ statusCode, headers, body }) => ({ statusCode, location: headers.location, body }))
  t.same(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1)
  for (let count = 0; count < 3; count++) await next()
  t.same(mails.map(({ kind, to }) => [kind, to]).sort(), [
    ['sign-up', 'nobody@example.com'],
    ['sign-up-known', 'ada@example.com'],
    ['sign-up-known', 'bob@example.com']
  ])
  const notice = mails.find(({ kind }) => kind === 'sign-up-known')
  t.same([notice?.url, notice && 'expiresAt' in notice], [`${origin}/login`, false])
  const known = await send('sign-up', { email: 'ada@example.com' })
  t.same([known.statusCode, known.body], [202, '{"sent":true}'])
})

t.test('a link works once, and opening it does not use it', async (t) => {
  const { open, send, nextToken, table } = await accountServer(t)
  await send('sign-up', { email: 'eve@example.com' })
  const token = await nextToken('sign-up')
  for (let count = 0; count < 3; count++) t.equal((await open(`/login/sign-up/link?token=${token}`)).statusCode, 200)
  const body = { token, newPassword: NEW_PASSWORD }
  const answers = await Promise.all(
    ['eve', 'eva', 'evi'].map(async (username) => send('sign-up/link', { ...body, username }))
  )
  t.same(answers.map(({ statusCode }) => statusCode).sort(), [200, 400, 400])
  t.same(
    answers.filter(({ statusCode }) => statusCode === 400).map((answer) => answer.json().error),
    ['invalid_link', 'invalid_link']
  )
  t.equal(table.rows.length, 3)
  const page = await open(`/login/sign-up/link?token=${token}`)
  t.equal(page.statusCode, 400)
  contains(t, page.body, 'This link was used, is too old, or is not complete.')
  contains(t, page.body, '<a class="button" href="/login/sign-up">Ask for a new link</a>')
  t.notMatch(page.body, /<form/)
})

t.test('a link is not used by a name or a password that cannot be used', async (t) => {
  const { post, send, nextToken, table } = await accountServer(t)
  await send('sign-up', { email: 'eve@example.com' })
  const token = await nextToken('sign-up')
  const refused: [body: Record<string, string>, status: number, error: string, text: string][] = [
    [{ newPassword: NEW_PASSWORD }, 400, 'invalid_request', 'The username is missing.'],
    [{ username: 'eve' }, 400, 'invalid_request', 'The newPassword is missing.'],
    [{ username: 'eve', newPassword: 'short' }, 400, 'weak_password', 'The password needs 15 characters or more.'],
    [
      { username: 'ada', newPassword: NEW_PASSWORD },
      409,
      'username_unavailable',
      'This user name cannot be used. Choose another one.'
    ],
    [
      { username: 'a@b', newPassword: NEW_PASSWORD },
      409,
      'username_unavailable',
      'This user name cannot be used. Choose another one.'
    ],
    [
      { username: ' eve', newPassword: NEW_PASSWORD },
      409,
      'username_unavailable',
      'This user name cannot be used. Choose another one.'
    ],
    [
      { username: 'e\u0000ve', newPassword: NEW_PASSWORD },
      409,
      'username_unavailable',
      'This user name cannot be used. Choose another one.'
    ]
  ]
  for (const [body, status, error, text] of refused) {
    const answer = await send('sign-up/link', { token, ...body })
    t.equal(answer.statusCode, status)
    t.same(answer.json(), { error, error_description: text })
    t.equal(answer.headers['set-cookie'], undefined)
  }
  const page = await post('sign-up/link', { token, username: 'ada', newPassword: NEW_PASSWORD })
  t.equal(page.statusCode, 409)
  contains(t, page.body, '<p class="fault" id="username-fault">This user name cannot be used. Choose another one.</p>')
  contains(t, page.body, 'value="ada"')
  contains(t, page.body, `<input type="hidden" name="token" value="${token}">`)
  t.notMatch(page.body, new RegExp(NEW_PASSWORD))
  t.equal(table.rows.length, 2)
  t.equal((await send('sign-up/link', { token, username: 'eve', newPassword: NEW_PASSWORD })).statusCode, 200)
})

t.test('a link whose address got an account meanwhile is refused', async (t) => {
  const { send, nextToken, table } = await accountServer(t)
  await send('sign-up', { email: 'eve@example.com' })
  const token = await nextToken('sign-up')
  await table.createUser({ email: 'eve@example.com', username: 'other', passwordHash: '' })
  const answer = await send('sign-up/link', { token, username: 'eve', newPassword: NEW_PASSWORD })
  t.same([answer.statusCode, answer.json().error], [400, 'invalid_link'])
  t.equal(table.rows.length, 3)
})

const addresses: [email: string, text: string][] = [
  ['', 'Enter an e-mail address, such as ada@example.com.'],
  ['ada', 'This is no e-mail address.'],
  ['a@b@c', 'This is no e-mail address.'],
  ['ad\u0131@example.com', 'This is no e-mail address.'],
  ['ada@ex\u00e4mple.com', 'This is no e-mail address.'],
  ['ada@example.com\r\nBcc: eve@example.com', 'This is no e-mail address.'],
  ['"a b"@example.com', 'This is no e-mail address.'],
  [`${'a'.repeat(250)}@example.com`, 'This is no e-mail address.']
]

for (const [email, text] of addresses) {
  t.test(`no mail goes to ${JSON.stringify(email.slice(0, 40))} (SEC-113)`, async (t) => {
    const { app, post, mails } = await accountServer(t)
    for (const path of ['sign-up', 'reset-password']) {
      const { statusCode, body } = await post(path, { email })
      t.equal(statusCode, 400)
      contains(t, body, `<p class="fault" id="email-fault">${text}</p>`)
    }
    await app.close()
    t.same(mails, [])
  })
}

t.test('a user who is disabled gets no mail', async (t) => {
  const server = await accountServer(t)
  Object.assign(server.table.rows[0] ?? {}, { disabled: true })
  for (const path of ['sign-up', 'reset-password']) await server.send(path, { email: 'ada@example.com' })
  await server.app.close()
  t.same(server.mails, [])
})

for (const returnTo of [`/${'x'.repeat(15_000)}`, 'https://evil.example/', '//evil.example', '/\u0000', '\ud800']) {
  t.test(
    `a sign-up with the returnTo ${JSON.stringify(returnTo.slice(0, 30))} gets its mail, and ends at home`,
    async (t) => {
      const { send, nextToken } = await accountServer(t)
      t.equal((await send('sign-up', { email: 'eve@example.com', returnTo })).statusCode, 202)
      const body = { token: await nextToken('sign-up'), username: 'eve', newPassword: NEW_PASSWORD }
      t.same((await send('sign-up/link', body)).json(), { subject: 'id-of-eve', returnTo: '/' })
    }
  )
}

t.test('the page behind the link shows the address of the account, and not that of the query', async (t) => {
  const { post, open, nextToken } = await accountServer(t)
  await post('sign-up', { email: 'eve@example.com' })
  const token = await nextToken('sign-up')
  const page = await open(`/login/sign-up/link?token=${token}&email=victim%40example.com`)
  contains(t, page.body, 'name="email" value="eve@example.com" required maxlength="256" autocomplete="username"')
  t.equal(page.body.includes('victim@example.com'), false)
  const again = await post('sign-up/link', { token, email: 'eve@example.com', username: 'ada', newPassword: 'short' })
  contains(t, again.body, 'name="email" value="eve@example.com"')
})
