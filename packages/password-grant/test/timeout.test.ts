import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { argon2Passwords, type PasswordContext, type VerifiedUser, type VerifyPassword } from '@latchkey/passwords'
import { memoryStore } from '@latchkey/store/memory'
import t from 'tap'
import { like } from '@latchkey/exact'
import { server } from './fixtures/server.ts'

const ada: VerifiedUser = { subject: 'u1', scopes: [] }

/** A `verifyPassword` that answers when the test tells it to. */
function slow() {
  const asked: PasswordContext[] = []
  const { promise, resolve, reject } = promiseWithResolvers<VerifiedUser | null>()
  const verifyPassword: VerifyPassword = async (_credentials, request) => {
    asked.push(request)
    return asked.length === 1 ? promise : ada
  }
  return { asked, verifyPassword, resolve, reject }
}

for (const [name, end] of [
  ['returns the user', ({ resolve }: ReturnType<typeof slow>) => resolve(ada)],
  ['returns null', ({ resolve }: ReturnType<typeof slow>) => resolve(null)],
  ['rejects', ({ reject }: ReturnType<typeof slow>) => reject(new Error('connection lost'))]
] as const) {
  t.test(`returns 503 at the timeout when verifyPassword ${name} later (FAULT-28)`, async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    const unhandled = (reason: unknown) => t.fail(String(reason))
    process.on('unhandledRejection', unhandled)
    t.teardown(() => process.off('unhandledRejection', unhandled))
    const store = memoryStore()
    const start = async () => t.fail('started a family of refresh tokens') as never
    const user = slow()
    const { post } = await server(
      { verifyPassword: user.verifyPassword, timeout: 7, throttle: { failures: 1 } },
      { store: { ...store, refreshTokens: { ...store.refreshTokens, start } } }
    )
    const answer = post({ username: 'ada', password: 'secret' })
    while (user.asked.length === 0) await setImmediate()
    mock.timers.tick(6_999)
    t.equal(user.asked[0]?.signal?.aborted, false)
    mock.timers.tick(1)
    const { status, headers, body } = await answer
    t.equal(status, 503)
    like(t, headers, { 'retry-after': '5', 'cache-control': 'no-store', pragma: 'no-cache' })
    t.strictSame(body, { error: 'temporarily_unavailable', error_description: 'The server cannot answer now' })
    t.equal(user.asked[0]?.signal?.aborted, true)
    end(user)
    await setImmediate()
  })
}

t.test('a timeout is not counted as a failure (FAULT-11, FAULT-28)', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const user = slow()
  const { post } = await server({ verifyPassword: user.verifyPassword, throttle: { failures: 1 } })
  const answer = post({ username: 'ada', password: 'secret' })
  while (user.asked.length === 0) await setImmediate()
  mock.timers.tick(10_000)
  like(t, await answer, { status: 503 })
  like(t, await post({ username: 'ada', password: 'secret' }), { status: 200 })
})

t.test('returns 503 at the timeout when findUser does not finish (FAULT-28)', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  let asked = 0
  const findUser = async () => {
    asked++
    return new Promise<never>(() => {})
  }
  const { post } = await server({ verifyPassword: argon2Passwords({ findUser }), timeout: 1 })
  const answer = post({ username: 'ada', password: 'secret' })
  while (asked === 0) await setImmediate()
  mock.timers.tick(1_000)
  like(t, await answer, { status: 503, body: { error: 'temporarily_unavailable' } })
})

t.test('the signal is aborted when the connection closed during the client lookup (FAULT-22)', async (t) => {
  const aborted: unknown[] = []
  const verifyPassword: VerifyPassword = async (_credentials, { signal }) => {
    aborted.push(signal?.aborted)
    return ada
  }
  let hangUp = () => {}
  const clients = async (clientId: string) => {
    hangUp()
    return { clientId, grantTypes: ['password'] }
  }
  const { app } = await server({ verifyPassword }, { clients })
  app.addHook('onRequest', async ({ raw }) => {
    hangUp = () => raw.socket.destroy()
  })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const form = { grant_type: 'password', username: 'ada', password: 'secret', client_id: 'app' }
  await t.rejects(fetch(`${address}/token`, { method: 'POST', body: new URLSearchParams(form) }))
  while (aborted.length === 0) await setImmediate()
  t.strictSame(aborted, [true])
})

// Promise.withResolvers() does not exist in the oldest supported Node.
function promiseWithResolvers<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: Error) => void = () => {}
  const promise = new Promise<T>((...both) => {
    ;[resolve, reject] = both
  })
  return { promise, resolve, reject }
}
