import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import type { AccountChangedEvent, AccountMailEvent } from '@latchkey/password-login'
import { UnavailableError } from '@latchkey/guard'
import type { FastifyInstance } from 'fastify'
import { memoryStore } from '@latchkey/store/memory'
import { accountServer, hashOf, NEW_PASSWORD, PASSWORD, row, table } from '../fixtures/account.ts'
import { origin } from '../fixtures/server.ts'

t.test('a user who forgot the password chooses a new one, and is logged out everywhere', async (t) => {
  const events = heard<AccountChangedEvent | AccountMailEvent>(t, 'latchkey:account')
  const server = await accountServer(t)
  const { open, post, form, next, logIn, sessions } = server
  contains(t, (await open('/login')).body, '<a href="/login/reset-password">Forgot your password?</a>')
  await logIn('ada')
  t.equal(sessions.size, 1)
  t.equal((await open('/login/reset-password')).statusCode, 200)
  const asked = await post('reset-password', { email: 'ADA@example.com' })
  t.same([asked.statusCode, asked.headers.location], [303, '/login/reset-password?done'])
  const mail = await next()
  like(t, mail, { kind: 'reset-password', to: 'ada@example.com', url: String, expiresAt: Number })
  const url = new URL(mail.url)
  t.same([url.origin, url.pathname], [origin, '/login/reset-password/link'])
  const page = await open(url.pathname + url.search)
  t.equal(page.statusCode, 200)
  contains(t, page.body, 'You are logged out everywhere.')
  t.equal(sessions.size, 1, 'opening the link changes nothing')

  const token = url.searchParams.get('token') ?? ''
  const done = await post('reset-password/link', { token, newPassword: NEW_PASSWORD })
  t.same([done.statusCode, done.headers.location], [303, '/login/reset-password/link?done'])
  t.equal(done.headers['set-cookie'], undefined)
  contains(t, (await open('/login/reset-password/link?done')).body, 'Log in with the new password.')
  t.equal(sessions.size, 0)
  t.equal((await form({ username: 'ada', password: PASSWORD })).statusCode, 401)
  t.equal((await form({ username: 'ada', password: NEW_PASSWORD })).statusCode, 303)
  t.same(await next(), { kind: 'password-changed', to: 'ada@example.com', url: `${origin}/login/reset-password` })
  await server.app.close()
  t.same(events, [
    { by: 'password', kind: 'mail-sent', mail: 'reset-password', subject: 'id-of-ada' },
    { by: 'password', kind: 'password-reset', subject: 'id-of-ada' },
    { by: 'password', kind: 'mail-sent', mail: 'password-changed', subject: 'id-of-ada' }
  ])
})

t.test('the answer is the same for an address without an account, and no mail goes there', async (t) => {
  const { app, send, mails } = await accountServer(t)
  const known = await send('reset-password', { email: 'ada@example.com' })
  const unknown = await send('reset-password', { email: 'nobody@example.com' })
  for (const answer of [known, unknown]) t.same([answer.statusCode, answer.body], [202, '{"sent":true}'])
  await app.close()
  t.same(
    mails.map(({ to }) => to),
    ['ada@example.com']
  )
})

t.test('mail goes to the stored spelling of an address, and never to the typed one', async (t) => {
  const { send, next } = await accountServer(t, {}, { users: table([row('ada', { email: 'Ada@Example.com' })]) })
  await send('reset-password', { email: 'ada@example.com' })
  const mail = await next()
  t.equal(mail.to, 'Ada@Example.com')
  const token = new URL(mail.url).searchParams.get('token')
  const { statusCode, body } = await send('reset-password/link', { token, newPassword: NEW_PASSWORD })
  t.same([statusCode, body], [200, '{"done":true}'])
})

t.test('a link works once, for its user and for its purpose only', async (t) => {
  const { send, nextToken, table } = await accountServer(t)
  await send('reset-password', { email: 'ada@example.com' })
  const token = await nextToken('reset-password')
  for (const path of ['sign-up/link', 'verify-email/link']) {
    const body = { token, username: 'eve', password: PASSWORD, newPassword: NEW_PASSWORD }
    const answer = await send(path, body)
    t.same([answer.statusCode, answer.json().error], [400, 'invalid_link'])
  }
  const answers = await Promise.all(
    Array.from({ length: 8 }, async (_, at) =>
      send('reset-password/link', { token, newPassword: `${NEW_PASSWORD} ${at}` })
    )
  )
  t.same(answers.map(({ statusCode }) => statusCode).sort(), [200, ...Array.from({ length: 7 }, () => 400)])
  const [ada, bob] = table.rows
  t.match(ada?.passwordHash, /^hash of through the looking glass \d$/)
  t.equal(bob?.passwordHash, hashOf(PASSWORD))
})

t.test('a reset ends all other links of the user', async (t) => {
  const { app, send, nextToken } = await accountServer(t)
  for (let count = 0; count < 3; count++) await send('reset-password', { email: 'ada@example.com' })
  const [first, second, third] = [
    await nextToken('reset-password'),
    await nextToken('reset-password'),
    await nextToken('reset-password')
  ]
  t.equal((await send('reset-password/link', { token: second, newPassword: NEW_PASSWORD })).statusCode, 200)
  for (const token of [first, second, third]) {
    const answer = await send('reset-password/link', { token, newPassword: 'another new password' })
    t.same([answer.statusCode, answer.json().error], [400, 'invalid_link'])
  }
  await send('reset-password', { email: 'ada@example.com' })
  await nextToken('password-changed')
  const last = await nextToken('reset-password')
  await app.guard.revokeAll('id-of-ada')
  t.equal((await send('reset-password/link', { token: last, newPassword: NEW_PASSWORD })).statusCode, 400)
})

t.test('a reset verifies the address of the user', async (t) => {
  const { send, nextToken, table, form } = await accountServer(t)
  await send('reset-password', { email: 'bob@example.com' })
  const token = await nextToken('reset-password')
  t.equal((await send('reset-password/link', { token, newPassword: NEW_PASSWORD })).statusCode, 200)
  t.equal(table.rows[1]?.verified, true)
  t.equal((await form({ username: 'bob', password: NEW_PASSWORD })).statusCode, 303)
})

const changes: [title: string, change: object][] = [
  ['is disabled', { disabled: true }],
  ['has another address', { email: 'other@example.com' }],
  ['is gone', { subject: 'other' }]
]

for (const [title, change] of changes) {
  t.test(`a link is refused when its user ${title} now`, async (t) => {
    const { open, send, nextToken, table } = await accountServer(t)
    await send('reset-password', { email: 'ada@example.com' })
    const token = await nextToken('reset-password')
    const ada = table.rows[0]
    Object.assign(ada ?? {}, change)
    const answer = await send('reset-password/link', { token, newPassword: NEW_PASSWORD })
    t.same([answer.statusCode, answer.json().error], [400, 'invalid_link'])
    t.equal((await open(`/login/reset-password/link?token=${token}`)).statusCode, 400)
    t.equal(ada?.passwordHash, hashOf(PASSWORD))
  })
}

t.test('a link is refused after its lifetime', async (t) => {
  let time = 1_700_000_000_000
  const now = () => time
  const store = { ...memoryStore({ now }), clock: { now, async read() {} } }
  const { send, next, table } = await accountServer(t, { linkLifetime: 300 }, { options: { now, store } })
  await send('reset-password', { email: 'ada@example.com' })
  const mail = await next()
  t.equal('expiresAt' in mail && mail.expiresAt, 1_700_000_300)
  const token = new URL(mail.url).searchParams.get('token')
  time += 300_000
  const answer = await send('reset-password/link', { token, newPassword: NEW_PASSWORD })
  t.same([answer.statusCode, answer.json().error], [400, 'invalid_link'])
  t.equal(table.rows[0]?.passwordHash, hashOf(PASSWORD))
})

for (const token of ['', 'x', 'x'.repeat(43), 'x'.repeat(5000), '\u0000', undefined]) {
  t.test(`the token ${JSON.stringify(token?.slice(0, 50))} is refused`, async (t) => {
    const { open, send } = await accountServer(t)
    for (const path of ['sign-up/link', 'reset-password/link', 'verify-email/link']) {
      const answer = await send(path, { token, newPassword: NEW_PASSWORD, password: PASSWORD, username: 'eve' })
      t.same([answer.statusCode, answer.json().error], [400, 'invalid_link'])
      const query = token === undefined ? '' : `?token=${encodeURIComponent(token)}`
      t.equal((await open(`/login/${path}${query}`)).statusCode, 400)
    }
  })
}

t.test('when a step fails, the link can be used again', async (t) => {
  const users = table()
  const setPassword = users.setPassword
  let failures = 2
  const failing = {
    ...users,
    async setPassword(subject: string, hash: string) {
      if (failures-- > 0) throw new Error(`no row for ${hash}`)
      await setPassword(subject, hash)
    }
  }
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } }
  const { send, post, nextToken } = await accountServer(t, {}, { users: failing, fastify: { logger } })
  await send('reset-password', { email: 'ada@example.com' })
  const token = await nextToken('reset-password')
  const body = { token, newPassword: NEW_PASSWORD }
  const answer = await send('reset-password/link', body)
  t.same([answer.statusCode, answer.json().error], [500, 'server_error'])
  const page = await post('reset-password/link', body)
  t.equal(page.statusCode, 500)
  contains(t, page.body, 'role="alert">Something went wrong here. Try again later.</p>')
  t.equal((await send('reset-password/link', body)).statusCode, 200)
  for (const line of lines) for (const secret of [token, NEW_PASSWORD, 'ada@']) t.notOk(line.includes(secret), line)
})

t.test('a link that another process uses at the same moment is refused', async (t) => {
  const store = memoryStore()
  const records = { ...store.records, replace: async () => false }
  const { send, nextToken, table } = await accountServer(t, {}, { options: { store: { ...store, records } } })
  await send('reset-password', { email: 'ada@example.com' })
  const answer = await send('reset-password/link', {
    token: await nextToken('reset-password'),
    newPassword: NEW_PASSWORD
  })
  t.same([answer.statusCode, answer.json().error], [400, 'invalid_link'])
  t.equal(table.rows[0]?.passwordHash, hashOf(PASSWORD))
})

t.test('a link that is being used when all credentials of its user end does not come back', async (t) => {
  const users = table()
  const parts: { app?: FastifyInstance } = {}
  const failing = {
    ...users,
    async setPassword() {
      await parts.app?.guard.revokeAll('id-of-ada')
      throw new Error('the database is down')
    }
  }
  const server = await accountServer(t, {}, { users: failing })
  parts.app = server.app
  await server.send('reset-password', { email: 'ada@example.com' })
  const body = { token: await server.nextToken('reset-password'), newPassword: NEW_PASSWORD }
  t.equal((await server.send('reset-password/link', body)).statusCode, 500)
  const again = await server.send('reset-password/link', body)
  t.same([again.statusCode, again.json().error], [400, 'invalid_link'])
})

t.test('when the credentials of the user cannot be ended, the link can be used again', async (t) => {
  let failures = 1
  const { send, nextToken, table, sessions, logIn } = await accountServer(
    t,
    {},
    {
      before: async (app) => {
        app.guard.addRevocation({
          name: 'failing',
          async revokeAll() {
            if (failures-- > 0) throw new UnavailableError('the store is down')
          }
        })
      }
    }
  )
  await logIn('ada')
  await send('reset-password', { email: 'ada@example.com' })
  const body = { token: await nextToken('reset-password'), newPassword: NEW_PASSWORD }
  t.equal((await send('reset-password/link', body)).statusCode, 503)
  t.equal((await send('reset-password/link', body)).statusCode, 200)
  t.same([table.rows[0]?.passwordHash, sessions.size], [hashOf(NEW_PASSWORD), 0])
  t.equal((await send('reset-password/link', body)).statusCode, 400)
})
