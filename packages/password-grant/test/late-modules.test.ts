// Runs in a process of its own: it watches the first import of modules.
import { rejectsLike } from '@latchkey/exact'
import { watchModules } from '@latchkey/exact/late-modules'
import type * as PasswordGrant from '@latchkey/password-grant'
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import { tokenRequest } from './fixtures/token-request.ts'

const ARGON2 = '@node-rs/argon2'
const modules = watchModules(ARGON2)
const noUsers = { findUser: () => null }
const guess = { username: 'ada', password: 'guess' }

t.test('imports argon2 in the background when the server is ready, without a request', async (t) => {
  const { app } = await application(t)
  t.same(await modules.names(), [], 'nothing is imported at registration')
  await app.ready()
  await modules.reach(ARGON2)
})

t.test('verifies passwords that come before the background import has ended, with one import', async (t) => {
  const { app, verifyPassword } = await application(t)
  const before = (await modules.names()).length
  const { request } = tokenRequest()
  await app.ready()
  t.same(await Promise.all([verifyPassword(guess, request), verifyPassword(guess, request)]), [null, null])
  t.same((await modules.names()).slice(before), [ARGON2])
})

t.test('starts without argon2, and verifies no password', async (t) => {
  const rejections: unknown[] = []
  const onRejection = (reason: unknown): void => void rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  t.teardown(() => process.off('unhandledRejection', onRejection))
  const missing = new Error('Cannot find native binding')
  const argon2 = Object.defineProperty({}, 'verify', {
    enumerable: true,
    get() {
      throw missing
    }
  })
  const { app, verifyPassword } = await application(t, { [ARGON2]: argon2 })
  await app.ready()
  await rejectsLike(t, verifyPassword(guess, tokenRequest().request), {
    message: `The module "${ARGON2}" cannot be loaded. Fix: install it again`,
    cause: missing
  })
  t.same(rejections, [])
})

/** A server with an instance of the package that has imported nothing yet. */
async function application(t: Test, mocks: Record<string, unknown> = {}) {
  const { default: passwordGrant, argon2Passwords } = await t.mockImport<typeof PasswordGrant>('../src/index.ts', mocks)
  const app: FastifyInstance = Fastify()
  t.teardown(() => app.close())
  const verifyPassword = argon2Passwords(noUsers)
  const endpoint = fp(
    async (instance) => {
      instance.decorate('tokenEndpoint', { throttle: () => ({}), addGrant: () => undefined } as never)
    },
    { name: '@latchkey/token-endpoint' }
  )
  await app.register(endpoint)
  await app.register(passwordGrant, { verifyPassword })
  return { app, verifyPassword }
}
