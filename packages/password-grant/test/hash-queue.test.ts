import net from 'node:net'
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { UnavailableError } from '@latchkey/guard'
import { type Argon2PasswordsOptions, hashPassword, type PasswordUser } from '@latchkey/password-grant'
import * as argon2 from '@node-rs/argon2'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { server } from './fixtures/server.ts'
import { tokenRequest } from './fixtures/token-request.ts'

const FULL = new UnavailableError('Too many passwords wait to be verified')
const GONE = new UnavailableError('Nobody waits for the password to be verified any more')
const UNMET = { failures: 1_000_000, failuresPerAddress: 1_000_000, failuresPerAccount: 1_000_000 }

/** Verifies passwords with hashes that end when they are told to. */
async function stalling(t: Test, options: Partial<Argon2PasswordsOptions<PasswordUser>> = {}) {
  const running: ((isRight: boolean | Error) => void)[] = []
  const verify = async () =>
    new Promise<boolean>((resolve, reject) => {
      running.push((outcome) => {
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome)
      })
    })
  const { argon2Passwords } = await t.mockImport<typeof import('@latchkey/password-grant')>('../src/index.ts', {
    '@node-rs/argon2': t.createMock(argon2, { verify })
  })
  const passwordHash = await hashPassword('secret')
  const verifyPassword = argon2Passwords({ findUser: () => ({ subject: 'u1', passwordHash, scopes: [] }), ...options })
  const attempt = async (signal?: AbortSignal) =>
    verifyPassword({ username: 'ada', password: 'secret' }, tokenRequest(signal).request)
  return { attempt, verifyPassword, running }
}

t.test('hashes no more at once than it may, in the order of asking (SEC-29)', async (t) => {
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

t.test('a hash that fails makes room like any other', async (t) => {
  const { attempt, running } = await stalling(t, { concurrentHashes: 1 })
  const [first, second] = [attempt(), attempt()]
  await setImmediate()
  running[0]?.(new Error('out of memory'))
  await rejectsLike(t, first, { message: 'out of memory' })
  await setImmediate()
  running[1]?.(true)
  like(t, await second, { subject: 'u1' })
})

t.test('refuses at once what finds the queue full, and whoever waits is served (SEC-29, FAULT-20)', async (t) => {
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
})

t.test('refuses what has waited too long (FAULT-20)', async (t) => {
  const { attempt, running } = await stalling(t, { concurrentHashes: 1, longestWait: 7 })
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const [first, second] = [attempt(), attempt()]
  await setImmediate()
  mock.timers.tick(7_000)
  await rejectsLike(t, second, new UnavailableError('The password was not verified in time'))
  running[0]?.(true)
  like(t, await first, { subject: 'u1' })
  t.equal(running.length, 1, 'it was never hashed')
})

t.test('hashes nothing for a client that has gone, and gives its place away (FAULT-22)', async (t) => {
  const { attempt, running } = await stalling(t, { concurrentHashes: 1, waitingHashes: 1 })
  const [before, during] = [new AbortController(), new AbortController()]
  before.abort()
  await rejectsLike(t, attempt(before.signal), GONE)
  const first = attempt()
  const second = attempt(during.signal)
  await setImmediate()
  await rejectsLike(t, attempt(), FULL, 'there is no room')
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

t.test('answers 503 with a time to come back when the queue is full (SEC-29)', async (t) => {
  const { verifyPassword, running } = await stalling(t, { concurrentHashes: 1, waitingHashes: 0 })
  const { post } = await server({ verifyPassword, throttle: UNMET })
  const first = post({ username: 'ada', password: 'secret' })
  while (running.length === 0) await setImmediate()
  const { status, headers, body } = await post({ username: 'ada', password: 'secret' })
  t.equal(status, 503)
  like(t, headers, { 'retry-after': '5', 'cache-control': 'no-store', pragma: 'no-cache' })
  t.strictSame(body, { error: 'temporarily_unavailable', error_description: 'The server cannot answer now' })
  running[0]?.(true)
  like(t, await first, { status: 200 })
})

t.test('a connection that closes while its request waits is noticed (FAULT-22)', async (t) => {
  const passwordHash = await hashPassword('secret')
  let looked = 0
  const findUser = () => {
    looked++
    return { subject: 'u1', passwordHash, scopes: [] }
  }
  const { verifyPassword, running } = await stalling(t, { findUser, concurrentHashes: 1 })
  const { app, post, logged } = await server({ verifyPassword, throttle: UNMET })
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const unhandled = (reason: unknown) => t.fail(String(reason))
  process.on('unhandledRejection', unhandled)
  t.teardown(() => process.off('unhandledRejection', unhandled))
  const first = post({ username: 'ada', password: 'secret' })
  while (looked < 1) await setImmediate()

  const { port } = app.addresses()[0] as net.AddressInfo // it listens on TCP
  const socket = net.connect(port, '127.0.0.1')
  const body = 'grant_type=password&username=ada&password=secret'
  const type = 'application/x-www-form-urlencoded'
  socket.write(
    `POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  )
  while (looked < 2) await setImmediate()
  socket.destroy()
  while (!JSON.stringify(logged).includes(GONE.message)) await setImmediate()
  running[0]?.(true)
  like(t, await first, { status: 200 })
  t.equal(running.length, 1, 'its password was never hashed')
})
