import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { heard } from '@latchkey/exact/heard'
import type { AccountMailEvent } from '@latchkey/password-login'
import { memoryStore } from '@latchkey/store/memory'
import { accountServer, NEW_PASSWORD, PASSWORD } from '../fixtures/account.ts'
import { cookieOf } from '../fixtures/server.ts'

const routes = [
  { path: 'sign-up', kind: 'sign-up', email: 'eve@example.com', subject: null },
  { path: 'sign-up', kind: 'sign-up-known', email: 'ada@example.com', subject: 'id-of-ada' },
  { path: 'reset-password', kind: 'reset-password', email: 'ada@example.com', subject: 'id-of-ada' }
] as const

for (const { path, kind, email, subject } of routes) {
  t.test(`an address gets five mails (${kind}) in the lifetime of a link, and the answers stay the same`, async (t) => {
    const events = heard<AccountMailEvent>(t, 'latchkey:account')
    const { app, send, mails } = await accountServer(t)
    for (let count = 0; count < 7; count++) {
      const answer = await send(path, { email })
      t.same([answer.statusCode, answer.body], [202, '{"sent":true}'])
    }
    await app.close()
    t.same(
      mails.map((mail) => [mail.kind, mail.to]),
      Array.from({ length: 5 }, () => [kind, email])
    )
    const limited = { by: 'password', kind: 'mail-limited', mail: kind, subject }
    t.same(events.slice(5), [limited, limited])
  })
}

t.test('the mails that an address has had stop to count when their links expire', async (t) => {
  const events = heard<AccountMailEvent>(t, 'latchkey:account')
  let time = 1_700_000_000_000
  const now = () => time
  const store = { ...memoryStore({ now }), clock: { now, async read() {} } }
  const { app, send, next, mails } = await accountServer(
    t,
    { throttle: { failures: 100 } },
    { options: { now, store } }
  )
  for (const email of ['eve@example.com', 'ada@example.com']) {
    for (let count = 0; count < 5; count++) {
      await send('sign-up', { email })
      await next()
    }
    await send('sign-up', { email })
    while (events.at(-1)?.kind !== 'mail-limited') await setImmediate()
  }
  time += 3_600_000
  for (const email of ['eve@example.com', 'ada@example.com']) await send('sign-up', { email })
  await app.close()
  t.equal(mails.length, 12)
})

t.test('one address of a client asks for some mails only, known and unknown addresses alike (429)', async (t) => {
  const { send, post } = await accountServer(t, { throttle: { failures: 2, failuresPerAddress: 4, window: 60 } })
  const statuses: number[] = []
  for (const email of ['ada@example.com', 'ada@example.com', 'ada@example.com', 'x1@example.com', 'x2@example.com']) {
    statuses.push((await send('reset-password', { email })).statusCode)
  }
  t.same(statuses, [202, 202, 429, 202, 202])
  const limited = await post('sign-up', { email: 'x3@example.com' })
  t.same([limited.statusCode, limited.headers['retry-after']], [429, '60'])
  const other = await send('sign-up', { email: 'x3@example.com' }, { remoteAddress: '203.0.113.7' })
  t.equal(other.statusCode, 202, 'another address can ask (SEC-28)')
})

t.test('the answer does not wait for the users, the store or the mail', async (t) => {
  const waiting: (() => void)[] = []
  const { app, send, mails } = await accountServer(t, {
    sendMail: async () => new Promise((resolve) => waiting.push(() => resolve(undefined)))
  })
  t.equal((await send('reset-password', { email: 'ada@example.com' })).statusCode, 202)
  while (waiting.length === 0) await setImmediate()
  let isClosed = false
  const closing = app.close().then(() => (isClosed = true))
  await setImmediate()
  t.equal(isClosed, false, 'a closing server waits for the mail')
  waiting[0]?.()
  await closing
  t.same(mails, [])
})

t.test('a mail that cannot be sent is in the event and in the log, without its address and its link', async (t) => {
  const lines: string[] = []
  const failed = new Set<string>()
  const events = heard<AccountMailEvent>(t, 'latchkey:account')
  const logger = { stream: { write: (line: string) => void lines.push(line) } }
  const { app, send } = await accountServer(
    t,
    {
      async sendMail({ kind, to, url }) {
        failed.add(url)
        throw new Error(`no route for ${kind} to ${to}: ${url}`)
      }
    },
    { fastify: { logger } }
  )
  for (const path of ['sign-up', 'reset-password']) {
    t.equal((await send(path, { email: 'ada@example.com' })).statusCode, 202)
  }
  await app.close()
  t.same(events.map(({ kind, mail, subject }) => [kind, mail, subject]).sort(), [
    ['mail-failed', 'reset-password', 'id-of-ada'],
    ['mail-failed', 'sign-up-known', 'id-of-ada']
  ])
  const log = lines.filter((line) => line.includes('could not be sent'))
  t.equal(log.length, 2)
  for (const line of log) t.ok(line.includes('no route for'))
  for (const line of lines) t.notMatch(line, /ada@example|token=/)
  t.equal(failed.size, 2)
})

t.test('users that cannot be looked up do not change the answer', async (t) => {
  const events = heard<AccountMailEvent>(t, 'latchkey:account')
  const server = await accountServer(t)
  const { app, send, mails } = await accountServer(t, {
    users: {
      ...server.table,
      findByEmail: () => {
        throw new Error('the database is down')
      }
    }
  })
  t.equal((await send('reset-password', { email: 'ada@example.com' })).statusCode, 202)
  await app.close()
  t.same(events, [{ by: 'password', kind: 'mail-failed', mail: null, subject: null }])
  t.same(mails, [])
})

for (const [title, left] of [
  ['a full store of links', 0],
  ['a store that is full after the place of the mail', 1]
] as const) {
  t.test(`${title} is a mail that failed`, async (t) => {
    const events = heard<AccountMailEvent>(t, 'latchkey:account')
    const store = memoryStore()
    let room: number = left
    const create: typeof store.records.create = async (record) => room-- > 0 && store.records.create(record)
    const records = { ...store.records, create }
    const { app, send } = await accountServer(t, {}, { options: { store: { ...store, records } } })
    await send('reset-password', { email: 'ada@example.com' })
    await app.close()
    t.same(events, [{ by: 'password', kind: 'mail-failed', mail: null, subject: null }])
  })
}

t.test('a mail that takes 30 seconds has failed', async (t) => {
  const events = heard<AccountMailEvent>(t, 'latchkey:account')
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { app, send } = await accountServer(t, { sendMail: async () => new Promise(() => undefined) })
  await send('reset-password', { email: 'ada@example.com' })
  for (let turn = 0; turn < 50; turn++) await setImmediate()
  mock.timers.tick(30_000)
  await app.close()
  t.same(events, [{ by: 'password', kind: 'mail-failed', mail: 'reset-password', subject: 'id-of-ada' }])
})

t.test('at most a hundred mails are under way (503)', async (t) => {
  const waiting: (() => void)[] = []
  const { app, send } = await accountServer(t, {
    throttle: { failures: 1000, failuresPerAddress: 1000 },
    sendMail: async () => new Promise((resolve) => waiting.push(() => resolve(undefined)))
  })
  for (let count = 0; count < 100; count++) {
    t.equal((await send('sign-up', { email: `x${count}@example.com` })).statusCode, 202)
  }
  const answer = await send('sign-up', { email: 'y@example.com' })
  t.same([answer.statusCode, answer.json().error], [503, 'temporarily_unavailable'])
  while (waiting.length < 100) await setImmediate()
  for (const finish of waiting) finish()
  await app.close()
})

t.test('a user whose address is not verified gets no notice', async (t) => {
  const { app, send, sessions, mails } = await accountServer(t)
  sessions.set('own', { subject: 'id-of-bob', authenticatedAt: 1_700_000_000 })
  const body = { password: PASSWORD, newPassword: NEW_PASSWORD }
  const changed = await send('change-password', body, { headers: { cookie: 'session=own' } })
  t.equal(changed.statusCode, 200)
  t.match(cookieOf(changed), /^session=\w+$/)
  await app.close()
  t.same(mails, [])
})

t.test('without resetPassword, a notice links to the login', async (t) => {
  const { send, next, logIn } = await accountServer(t, { resetPassword: false })
  const body = { password: PASSWORD, newPassword: NEW_PASSWORD }
  await send('change-password', body, { headers: { cookie: await logIn('ada') } })
  t.same(await next(), { kind: 'password-changed', to: 'ada@example.com', url: 'https://app.example.com/login' })
})
