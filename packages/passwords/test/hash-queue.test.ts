import net from 'node:net'
import os from 'node:os'
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import * as guard from '@latchkey/guard'
import { checkOptions, members, type Schema } from '@latchkey/options'
import { type Argon2PasswordsOptions, hashPassword, type PasswordUser } from '@latchkey/passwords'
import * as argon2 from '@node-rs/argon2'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { server } from './fixtures/server.ts'
import { passwordContext } from './fixtures/password-context.ts'

const FULL = new guard.UnavailableError('Too many passwords wait to be verified')
const GONE = new guard.UnavailableError('Nobody waits for the password to be verified any more')
const UNMET = { failures: 1_000_000, failuresPerAddress: 1_000_000, failuresPerAccount: 1_000_000 }

/** Verifies passwords with hashes that end when the test ends them. */
async function stalling(t: Test, options: Partial<Argon2PasswordsOptions<PasswordUser>> = {}) {
  const running: ((isRight: boolean | Error) => void)[] = []
  const verify = async () =>
    new Promise<boolean>((resolve, reject) => {
      running.push((outcome) => {
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome)
      })
    })
  const { argon2Passwords, hashPassword } = await t.mockImport<typeof import('@latchkey/passwords')>(
    '../src/index.ts',
    {
      // A mock loads all modules again; errors must be instances of the classes that the server has loaded.
      '@latchkey/guard': guard,
      '@node-rs/argon2': t.createMock(argon2, { verify })
    }
  )
  // This imports argon2, so that the first attempt is as fast as the others.
  const passwordHash = await hashPassword('secret')
  const verifyPassword = argon2Passwords({ findUser: () => ({ subject: 'u1', passwordHash, scopes: [] }), ...options })
  const attempt = async (signal?: AbortSignal, ip?: string) =>
    verifyPassword({ username: 'ada', password: 'secret' }, passwordContext(signal, ip).context)
  return { attempt, verifyPassword, running }
}

t.test('hashes at most concurrentHashes at once, in the order of the requests (SEC-29)', async (t) => {
  const { attempt, running } = await stalling(t, { concurrentHashes: 2 })
  const ended: number[] = []
  const attempts = [0, 1, 2, 3].map(async (i) => attempt().then(() => ended.push(i)))
  for (const begun of [2, 3, 4, 4]) {
    await setImmediate()
    t.equal(running.length, begun)
    running[ended.length]?.(true)
    await setImmediate()
  }
  await Promise.all(attempts)
  t.same(ended, [0, 1, 2, 3])
})

// The default is decided when the file is loaded, by the cores of the machine.
const file = new URL('../src/hash-queue.ts', import.meta.url).pathname
interface Inside {
  readonly queueMembers: { readonly concurrentHashes: Schema<number> }
}

for (const [cores, most] of [
  [1, 1],
  [2, 1],
  [4, 3],
  [2_000, 1_024]
] as const) {
  t.test(`hashes at most ${most} at once by default on a machine with ${cores} cores`, async (t) => {
    const { queueMembers } = await t.mockImport<Inside>(file, {
      'node:os': t.createMock(os, { availableParallelism: () => cores })
    })
    const { concurrentHashes } = checkOptions('test', members(queueMembers), {})
    t.equal(concurrentHashes, most)
  })
}

t.test('a failed hash frees its place', async (t) => {
  const { attempt, running } = await stalling(t, { concurrentHashes: 1 })
  const [first, second] = [attempt(), attempt()]
  await setImmediate()
  running[0]?.(new Error('out of memory'))
  await rejectsLike(t, first, { message: 'out of memory' })
  await setImmediate()
  running[1]?.(true)
  like(t, await second, { subject: 'u1' })
})

t.test(
  'a request that finds the queue full is refused at once, and waiting requests are served (SEC-29, FAULT-20)',
  async (t) => {
    const { attempt, running } = await stalling(t, { concurrentHashes: 1, waitingHashes: 2 })
    const served = [attempt(), attempt(), attempt()]
    await setImmediate()
    for (let more = 0; more < 3; more++) {
      await rejectsLike(t, attempt(), FULL)
    }
    for (let i = 0; i < 3; i++) {
      running[i]?.(true)
      await setImmediate()
    }
    like(t, await Promise.all(served), [{ subject: 'u1' }, { subject: 'u1' }, { subject: 'u1' }])
    t.equal(running.length, 3)
  }
)

t.test('refuses a request that waited longer than longestWait (FAULT-20)', async (t) => {
  const { attempt, running } = await stalling(t, { concurrentHashes: 1, longestWait: 7 })
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const [first, second] = [attempt(), attempt()]
  await setImmediate()
  mock.timers.tick(7_000)
  await rejectsLike(t, second, new guard.UnavailableError('The password was not verified in time'))
  running[0]?.(true)
  like(t, await first, { subject: 'u1' })
  t.equal(running.length, 1, 'the second password was not hashed')
})

t.test('does not hash for a disconnected client, and frees its place (FAULT-22)', async (t) => {
  const { attempt, running } = await stalling(t, { concurrentHashes: 1, waitingHashes: 1 })
  const [before, during] = [new AbortController(), new AbortController()]
  before.abort()
  await rejectsLike(t, attempt(before.signal), GONE)
  const first = attempt()
  const second = attempt(during.signal)
  await setImmediate()
  await rejectsLike(t, attempt(), FULL, 'the queue is full')
  during.abort()
  await rejectsLike(t, second, GONE)
  const third = attempt()
  await setImmediate()
  running[0]?.(true)
  await setImmediate()
  running[1]?.(true)
  like(t, await Promise.all([first, third]), [{ subject: 'u1' }, { subject: 'u1' }])
  t.equal(running.length, 2)
})

t.test(
  'takes turns between addresses, so that one with many requests does not starve another (K8.3, SEC-29)',
  async (t) => {
    const { attempt, running } = await stalling(t, { concurrentHashes: 1, waitingHashes: 20 })
    const ended: string[] = []
    const from = async (ip: string) => attempt(undefined, ip).then(() => ended.push(ip))
    const [greedy, other, third] = ['198.51.100.1', '192.0.2.1:40000', '2001:db8::1']
    const attempts = [from(greedy), from(greedy), from(greedy), from(greedy), from(other), from(other), from(third)]
    attempts.push(from('2001:db8::2'))
    for (let i = 0; i < 8; i++) {
      while (running.length <= i) await setImmediate()
      running[i]?.(true)
    }
    await Promise.all(attempts)
    t.same(ended, [greedy, greedy, other, third, greedy, other, '2001:db8::2', greedy])
  }
)

t.test('a full queue drops a request of the address with the most requests for one with fewer (K8.3)', async (t) => {
  const { attempt, running } = await stalling(t, { concurrentHashes: 1, waitingHashes: 3 })
  const ask = async () => attempt(undefined, '198.51.100.1')
  const greedy = [ask(), ask(), ask(), ask()] as const
  await setImmediate()
  await rejectsLike(t, attempt(undefined, '198.51.100.1'), FULL)
  const second = attempt(undefined, '192.0.2.1')
  await rejectsLike(t, greedy[3], FULL, 'the newest request')
  const third = attempt(undefined, '192.0.2.2')
  await rejectsLike(t, greedy[2], FULL)
  await rejectsLike(t, attempt(undefined, '192.0.2.3'), FULL, 'each address has one waiting request')
  await rejectsLike(t, attempt(undefined, '192.0.2.1'), FULL, 'a second request of an address')
  for (let i = 0; i < 4; i++) {
    while (running.length <= i) await setImmediate()
    running[i]?.(true)
  }
  like(t, await Promise.all([greedy[0], greedy[1], second, third]), Array(4).fill({ subject: 'u1' }))
  t.equal(running.length, 4, 'refused requests were not hashed')
  const again = attempt(undefined, '198.51.100.1')
  while (running.length < 5) await setImmediate()
  running[4]?.(true)
  like(t, await again, { subject: 'u1' }, 'the places of refused requests are free')
})

t.test('many valid logins from one address leave room for another address (K8.3, SEC-28)', async (t) => {
  const passwordHash = await hashPassword('secret')
  const findUser = (username: string) => ({ subject: username, passwordHash, scopes: [] })
  const options = { findUser, concurrentHashes: 1, waitingHashes: 10 }
  const { verifyPassword, running } = await stalling(t, options)
  const { post } = server({ verifyPassword, throttle: UNMET })
  const answers: number[] = []
  const greedy = Array.from({ length: 30 }, async (_, i) => {
    answers.push((await post({ username: `u${i}`, password: 'secret' }, '198.51.100.1')).status)
  })
  while (answers.length < 19) await setImmediate()
  const honest = post({ username: 'ada', password: 'secret' }, '192.0.2.1')
  while (answers.length < 20) await setImmediate()
  for (let i = 0; i < 3; i++) {
    while (running.length <= i) await setImmediate()
    running[i]?.(true)
  }
  const { status, headers } = await honest
  t.equal(status, 200, 'served after one request of the other address')
  t.equal(headers['retry-after'], undefined)
  for (let i = 3; i < 11; i++) {
    while (running.length <= i) await setImmediate()
    running[i]?.(true)
  }
  await Promise.all(greedy)
  t.equal(answers.filter((answer) => answer === 503).length, 20)
  t.equal(answers.filter((answer) => answer === 200).length, 10)
})

t.test('returns 503 with Retry-After when the queue is full (SEC-29)', async (t) => {
  const { verifyPassword, running } = await stalling(t, { concurrentHashes: 1, waitingHashes: 0 })
  const { post } = server({ verifyPassword, throttle: UNMET })
  const first = post({ username: 'ada', password: 'secret' })
  while (running.length === 0) await setImmediate()
  const { status, headers, body } = await post({ username: 'ada', password: 'secret' })
  t.equal(status, 503)
  t.equal(headers['retry-after'], '5')
  t.strictSame(body, { message: FULL.message })
  running[0]?.(true)
  like(t, await first, { status: 200 })
})

t.test('a request is dropped when its connection closes while it waits (FAULT-22)', async (t) => {
  const passwordHash = await hashPassword('secret')
  let looked = 0
  const findUser = () => {
    looked++
    return { subject: 'u1', passwordHash, scopes: [] }
  }
  const { verifyPassword, running } = await stalling(t, { findUser, concurrentHashes: 1 })
  const { app, post, logged } = server({ verifyPassword, throttle: UNMET })
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const unhandled = (reason: unknown) => t.fail(String(reason))
  process.on('unhandledRejection', unhandled)
  t.teardown(() => process.off('unhandledRejection', unhandled))
  const first = post({ username: 'ada', password: 'secret' })
  while (looked < 1) await setImmediate()

  const { port } = app.addresses()[0] as net.AddressInfo // it listens on TCP
  const socket = net.connect(port, '127.0.0.1')
  const body = JSON.stringify({ username: 'ada', password: 'secret' })
  socket.write(
    `POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  )
  while (looked < 2) await setImmediate()
  socket.destroy()
  while (!logged.some(({ code }) => code === 'unavailable')) await setImmediate()
  running[0]?.(true)
  like(t, await first, { status: 200 })
  t.equal(running.length, 1, 'its password was not hashed')
})
