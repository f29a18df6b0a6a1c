import { UnavailableError } from '@latchkey/guard'
import { argon2Passwords, hashPassword, type PasswordUser } from '@latchkey/passwords'
import { memoryStore } from '@latchkey/store/memory'
import * as argon2 from '@node-rs/argon2'
import t from 'tap'
import { like } from '@latchkey/exact'
import { knowsAda, server } from './fixtures/server.ts'

const TOO_MANY = { error: 'temporarily_unavailable', error_description: 'Too many attempts' }

t.test('after ten failures, no user is looked up and no password hashed for 15 minutes (SEC-27)', async (t) => {
  let time = 1_700_000_000_000
  const looked: string[] = []
  let hashed = 0
  const { argon2Passwords } = await t.mockImport<typeof import('@latchkey/passwords')>('../../passwords/src/index.ts', {
    '@node-rs/argon2': t.createMock(argon2, {
      verify: async (passwordHash: string, password: string) => {
        hashed++
        return argon2.verify(passwordHash, password)
      }
    })
  })
  const passwordHash = await hashPassword('secret')
  const verifyPassword = argon2Passwords({
    findUser: (username) => {
      looked.push(username)
      return username === 'ada' ? { subject: 'u1', passwordHash, scopes: [] } : null
    }
  })
  const { post, logged } = await server({ verifyPassword }, { now: () => time })
  for (let attempt = 0; attempt < 10; attempt++) {
    like(t, await post({ username: 'ada', password: 'guess' }), { status: 400, body: { error: 'invalid_grant' } })
  }
  like(t, [looked.length, hashed], [10, 10])
  time += 60_000
  const { status, headers, body } = await post({ username: 'ada', password: 'secret' })
  t.equal(status, 429)
  like(t, headers, { 'retry-after': '840', 'cache-control': 'no-store', pragma: 'no-cache' })
  t.strictSame(body, TOO_MANY)
  like(t, [looked.length, hashed], [10, 10])
  like(t, logged.filter(({ level }) => level === 40).slice(1), [
    { msg: 'An attempt was throttled', throttle: 'passwords', limit: 'account and address', clientId: 'first-party' }
  ])
  t.notMatch(JSON.stringify(logged), /ada|guess|secret/)
  time += 840_000
  like(t, await post({ username: 'ada', password: 'secret' }), { status: 200 })
})

t.test('a throttled answer is the same for a known and an unknown user (SEC-16, SEC-27)', async (t) => {
  const { post } = await server({ verifyPassword: knowsAda, throttle: { failures: 2 }, now: () => 1_700_000_000_000 })
  const answers = []
  for (const username of ['ada', 'nobody']) {
    for (let attempt = 0; attempt < 2; attempt++) await post({ username, password: 'guess' })
    answers.push(await post({ username, password: 'guess' }))
  }
  like(t, answers[0], { status: 429, body: TOO_MANY })
  const [known, unknown] = answers.map(({ headers, ...answer }) => ({
    ...answer,
    headers: { ...headers, 'retry-after': null }
  }))
  t.strictSame(unknown, known)
})

t.test('an attack from many addresses does not lock out the user at another address (SEC-28)', async (t) => {
  const { post } = await server({ verifyPassword: knowsAda })
  for (let host = 1; host <= 12; host++) {
    for (let attempt = 0; attempt < 10; attempt++)
      await post({ username: 'ada', password: 'guess' }, `198.51.100.${host}`)
    like(t, await post({ username: 'ada', password: 'secret' }, `198.51.100.${host}`), { status: 429 })
  }
  like(t, await post({ username: 'ada', password: 'secret' }, '192.0.2.1'), { status: 200 })
  like(t, await post({ username: 'ada', password: 'secret' }, '2001:db8::1'), { status: 200 })
})

t.test('one password on a hundred accounts throttles the address (SEC-27)', async (t) => {
  const { post } = await server({ verifyPassword: knowsAda })
  for (let user = 0; user < 100; user++) {
    like(t, await post({ username: `user-${user}`, password: 'Summer2026' }, '198.51.100.1'), { status: 400 })
  }
  like(t, await post({ username: 'ada', password: 'secret' }, '198.51.100.1'), { status: 429, body: TOO_MANY })
  like(t, await post({ username: 'ada', password: 'secret' }, '198.51.100.2'), { status: 200 })
})

t.test('another spelling of a user name allows no further attempts (SEC-27)', async (t) => {
  const { post } = await server({ verifyPassword: knowsAda, throttle: { failures: 6 } })
  for (const username of ['ADA', 'Ada', 'ａｄａ', 'áda', ' ada', 'a da']) {
    like(t, await post({ username, password: 'guess' }), { status: 400 })
  }
  like(t, await post({ username: 'ada', password: 'secret' }), { status: 429 })
  like(t, await post({ username: 'adam', password: 'guess' }), { status: 400 })
})

t.test('a success and an invalid user name are not counted (SEC-27)', async (t) => {
  const { post } = await server({ verifyPassword: knowsAda, throttle: { failures: 2, failuresPerAddress: 2 } })
  for (let time = 0; time < 5; time++) {
    like(t, await post({ username: 'ada', password: 'secret' }), { status: 200 })
    like(t, await post({ username: 'ada\0', password: 'secret' }), { status: 400 })
  }
  like(t, await post({ username: 'ada', password: 'guess' }), { status: 400 })
  like(t, await post({ username: 'ada', password: 'secret' }), { status: 200 })
  like(t, await post({ username: 'ada', password: 'guess' }), { status: 400 })
  like(t, await post({ username: 'ada', password: 'secret' }), { status: 429 })
})

t.test('a failed user lookup is not counted (FAULT-11)', async (t) => {
  const passwordHash = await hashPassword('secret')
  let down: Error | undefined
  const findUser = async (): Promise<PasswordUser> => {
    if (down) throw down
    return { subject: 'u1', passwordHash, scopes: [] }
  }
  const verifyPassword = argon2Passwords({ findUser })
  const { post } = await server({
    verifyPassword,
    throttle: { failures: 1, failuresPerAddress: 1, failuresPerAccount: 1 }
  })
  for (const [error, status] of [
    [new UnavailableError('no connection'), 503],
    [new Error('no connection'), 500]
  ] as const) {
    down = error
    for (let time = 0; time < 3; time++) {
      const answer = await post({ username: 'ada', password: 'guess' })
      t.equal(answer.status, status)
      like(t, answer.headers, { 'cache-control': 'no-store' })
    }
  }
  down = undefined
  like(t, await post({ username: 'ada', password: 'secret' }), { status: 200 })
})

t.test('processes with a shared store count together (SEC-27)', async (t) => {
  const store = memoryStore()
  const options = { verifyPassword: knowsAda, throttle: { failures: 3 } }
  const [here, there] = [await server(options, { store }), await server(options, { store })]
  for (let attempt = 0; attempt < 3; attempt++) await here.post({ username: 'ada', password: 'guess' })
  like(t, await there.post({ username: 'ada', password: 'secret' }), { status: 429 })
})

t.test('logs the subject and the client of a sign-in (SEC-149)', async (t) => {
  const { post, logged } = await server({ verifyPassword: knowsAda })
  await post({ username: 'ada', password: 'secret' })
  like(
    t,
    logged.filter(({ event }) => event === 'latchkey:login'),
    [{ level: 30, msg: 'A user signed in with a password', clientId: 'first-party' }]
  )
})
