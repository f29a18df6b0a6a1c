import { setImmediate } from 'node:timers/promises'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import t, { type Test } from 'tap'
import {
  accountServer,
  type AccountServer,
  hashOf,
  NEW_PASSWORD,
  PASSWORD,
  row,
  type Table,
  table
} from '../fixtures/account.ts'

const CHANGE = { password: PASSWORD, newPassword: NEW_PASSWORD }

async function resetLink(server: AccountServer): Promise<string> {
  await server.send('reset-password', { email: 'ada@example.com' })
  return server.nextToken('reset-password')
}

/** A server on which all credentials of ada are ended while her new password is hashed. */
async function endedWhileHashing(t: Test): Promise<AccountServer> {
  const server: AccountServer = await accountServer(t, {
    async hashPassword(password) {
      await server.app.guard.revokeAll('id-of-ada')
      return hashOf(password)
    }
  })
  return server
}

t.test('a link that is ended while the new password is hashed sets no password', async (t) => {
  const server = await endedWhileHashing(t)
  const token = await resetLink(server)
  const answer = await server.send('reset-password/link', { token, newPassword: NEW_PASSWORD })
  t.same([answer.statusCode, answer.json().error], [400, 'invalid_link'])
  t.equal(server.table.rows[0]?.passwordHash, hashOf(PASSWORD))
})

t.test('a session that is ended while the new password is hashed sets no password, and is not replaced', async (t) => {
  const server = await endedWhileHashing(t)
  const cookie = await server.logIn('ada')
  const answer = await server.send('change-password', CHANGE, { headers: { cookie } })
  t.same([answer.statusCode, answer.json().error], [403, 'session_required'])
  t.equal(server.table.rows[0]?.passwordHash, hashOf(PASSWORD))
  t.equal(server.sessions.size, 0)
})

t.test('a session that is ended while its link is used sets no address, and is not replaced', async (t) => {
  const users = table()
  let isOver = false
  const findBySubject: Table['findBySubject'] = async (subject) => {
    const user = await users.findBySubject(subject)
    if (isOver) server.sessions.clear()
    return user
  }
  const server: AccountServer = await accountServer(t, {}, { users: { ...users, findBySubject } })
  const headers = { cookie: await server.logIn('ada') }
  await server.send('change-email', { email: 'new@example.com' }, { headers })
  const token = await server.nextToken('change-email')
  isOver = true
  const answer = await server.send('change-email/link', { token }, { headers })
  t.same([answer.statusCode, answer.json().error, answer.headers['set-cookie']], [403, 'session_required', undefined])
  t.equal(users.rows[0]?.email, 'ada@example.com')
  t.equal(server.sessions.size, 0)
  isOver = false
  const again = { headers: { cookie: await server.logIn('ada') } }
  t.equal((await server.send('change-email/link', { token }, again)).statusCode, 200, 'the link can be used again')
})

t.test('an address that changes while the password is verified is not set back by the link', async (t) => {
  const users = table()
  const bob = users.rows[1]
  let change = {}
  const verifyPassword: Table['verifyPassword'] = async (credentials, ...more) => {
    const user = await users.verifyPassword(credentials, ...more)
    Object.assign(bob ?? {}, change)
    return user
  }
  const server = await accountServer(t, {}, { users: { ...users, verifyPassword } })
  await server.form({ username: 'bob', password: PASSWORD })
  const token = await server.nextToken('verify-email')
  change = { email: 'other@example.com' }
  const answer = await server.send('verify-email/link', { token, password: PASSWORD })
  t.same([answer.statusCode, answer.json().error], [400, 'invalid_link'])
  t.same([bob?.email, bob?.verified], ['other@example.com', false])
  t.equal(server.sessions.size, 0)
})

/** A server on which a part of the credentials cannot be ended. */
async function unending(t: Test): Promise<AccountServer> {
  return accountServer(
    t,
    {},
    {
      async before(app) {
        app.guard.addRevocation({
          name: 'broken',
          async revokeAll() {
            throw Object.assign(new Error('down'), { statusCode: 503 })
          }
        })
      }
    }
  )
}

t.test('a reset is told to the user, also when not everything could be ended', async (t) => {
  const server = await unending(t)
  const token = await resetLink(server)
  const answer = await server.send('reset-password/link', { token, newPassword: NEW_PASSWORD })
  t.same([answer.statusCode, answer.json().error], [503, 'temporarily_unavailable'])
  t.equal(server.table.rows[0]?.passwordHash, hashOf(NEW_PASSWORD))
  await server.app.close()
  t.same(kindsOf(server), ['reset-password', 'password-changed'])
})

t.test('a change is told to the user, also when not everything could be ended', async (t) => {
  const server = await unending(t)
  const { send, nextToken } = server
  const headers = { cookie: await server.logIn('ada') }
  await send('change-email', { email: 'new@example.com' }, { headers })
  const token = await nextToken('change-email')
  t.equal((await send('change-email/link', { token }, { headers })).statusCode, 503)
  const cookie = await server.logIn('ada')
  t.equal((await send('change-password', CHANGE, { headers: { cookie } })).statusCode, 503)
  await server.app.close()
  t.same(kindsOf(server), ['change-email', 'email-changed', 'password-changed'])
})

t.test('a notice is sent, also when a hundred other mails are under way', async (t) => {
  const ends: (() => void)[] = []
  const kinds: string[] = []
  const server = await accountServer(t, {
    throttle: { failures: 1000, failuresPerAddress: 1000 },
    async sendMail({ kind }) {
      kinds.push(kind)
      if (kind === 'sign-up') await new Promise<void>((resolve) => ends.push(resolve))
    }
  })
  const cookie = await server.logIn('ada')
  for (let at = 0; at < 100; at++) await server.send('sign-up', { email: `user${at}@example.com` })
  t.equal((await server.send('sign-up', { email: 'more@example.com' })).statusCode, 503)
  t.equal((await server.send('change-password', CHANGE, { headers: { cookie } })).statusCode, 200)
  for (const end of ends) end()
  await server.app.close()
  t.equal(kinds.at(-1), 'password-changed')
})

t.test('several accounts together send five mails to a new address', async (t) => {
  const names = ['ada', 'eve', 'mallory']
  const server = await accountServer(
    t,
    { throttle: { failures: 1000, failuresPerAddress: 1000 } },
    { users: table(names.map((name) => row(name))) }
  )
  for (const name of names) {
    const headers = { cookie: await server.logIn(name) }
    for (let count = 0; count < 4; count++) {
      t.equal((await server.send('change-email', { email: 'victim@example.com' }, { headers })).statusCode, 202)
    }
  }
  await server.app.close()
  t.same(
    kindsOf(server),
    Array.from({ length: 5 }, () => 'change-email')
  )
})

/** A store that answers later, as a database does. */
function slowStore(): Store {
  const store = memoryStore()
  const methods = Object.entries(store.records).map(([name, method]: [string, (...values: never[]) => unknown]) => {
    const late = async (...values: never[]) => {
      await setImmediate()
      return method(...values)
    }
    return [name, late] as const
  })
  return { ...store, records: { ...store.records, ...Object.fromEntries(methods) } }
}

t.test('requests at once send five mails to an address', async (t) => {
  for (const [path, email, kind] of [
    ['reset-password', 'ada@example.com', 'reset-password'],
    ['sign-up', 'ada@example.com', 'sign-up-known'],
    ['sign-up', 'eve@example.com', 'sign-up']
  ] as const) {
    const server = await accountServer(t, {}, { options: { store: slowStore() } })
    const answers = await Promise.all(Array.from({ length: 10 }, async () => server.send(path, { email })))
    t.same(new Set(answers.map(({ statusCode }) => statusCode)), new Set([202]))
    await server.app.close()
    t.same(
      kindsOf(server),
      Array.from({ length: 5 }, () => kind)
    )
  }
})

t.test('after a reset, the address gets mails again', async (t) => {
  const server = await accountServer(t)
  const token = await resetLink(server)
  for (let count = 1; count < 5; count++) await server.send('reset-password', { email: 'ada@example.com' })
  t.equal((await server.send('reset-password/link', { token, newPassword: NEW_PASSWORD })).statusCode, 200)
  await server.send('reset-password', { email: 'ada@example.com' })
  await server.app.close()
  t.same(
    kindsOf(server).filter((kind) => kind === 'reset-password'),
    Array.from({ length: 6 }, () => 'reset-password')
  )
})

function kindsOf({ mails }: AccountServer): readonly string[] {
  return mails.map(({ kind }) => kind)
}

t.test('a link costs one hash at a time, however many requests use it', async (t) => {
  let hashing = 0
  const atOnce: number[] = []
  const { send, nextToken } = await accountServer(t, {
    async hashPassword(password) {
      atOnce.push(++hashing)
      await setImmediate()
      hashing--
      return hashOf(password)
    }
  })
  await send('sign-up', { email: 'eve@example.com' })
  const token = await nextToken('sign-up')
  // The name is taken, so the link stays usable.
  const body = { token, username: 'ada', newPassword: NEW_PASSWORD }
  const answers = await Promise.all(Array.from({ length: 20 }, async () => send('sign-up/link', body)))
  t.same(new Set(answers.map(({ statusCode }) => statusCode)), new Set([400, 409]))
  t.ok(atOnce.length > 0 && atOnce.every((count) => count === 1))
})
