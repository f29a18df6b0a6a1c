import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { PasswordContext, VerifyPassword } from '@latchkey/passwords'
import t from 'tap'
import { server } from './fixtures/server.ts'

t.test('answers 503 at the timeout, and aborts the signal (FAULT-28)', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const asked: PasswordContext[] = []
  const verifyPassword: VerifyPassword = async (_credentials, context) => {
    asked.push(context)
    return new Promise(() => undefined)
  }
  const { post } = server({ verifyPassword, timeout: 7 })
  const answer = post({ username: 'ada', password: 'secret' })
  while (asked.length === 0) await setImmediate()
  t.equal(asked[0]?.signal?.aborted, false)
  mock.timers.tick(7_000)
  t.equal((await answer).status, 503)
  t.equal(asked[0]?.signal?.aborted, true)
})

t.test('the signal is aborted when the connection closed before the attempt (FAULT-22)', async (t) => {
  const aborted: unknown[] = []
  const verifyPassword: VerifyPassword = async (_credentials, { signal }) => {
    aborted.push(signal?.aborted)
    return null
  }
  const { app, post } = server({ verifyPassword })
  app.addHook('preHandler', async ({ raw }) => {
    Object.defineProperty(raw.socket, 'destroyed', { value: true })
  })
  t.equal((await post({ username: 'ada', password: 'secret' })).status, 401)
  t.strictSame(aborted, [true])
})
