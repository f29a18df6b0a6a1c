// Runs in a process of its own: it watches the first import of modules.
import { rejectsLike } from '@latchkey/exact'
import { watchModules } from '@latchkey/exact/late-modules'
import type * as Passwords from '@latchkey/passwords'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { passwordContext } from './fixtures/password-context.ts'

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
  const { context } = passwordContext()
  await app.ready()
  t.same(await Promise.all([verifyPassword(guess, context), verifyPassword(guess, context)]), [null, null])
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
  await rejectsLike(t, verifyPassword(guess, passwordContext().context), {
    message: `The module "${ARGON2}" cannot be loaded. Fix: install it again`,
    cause: missing
  })
  t.same(rejections, [])
})

/** A server with an instance of the package that has imported nothing yet. */
async function application(t: Test, mocks: Record<string, unknown> = {}) {
  const { argon2Passwords, prepareHashing } = await t.mockImport<typeof Passwords>('../src/index.ts', mocks)
  const app: FastifyInstance = Fastify()
  t.teardown(() => app.close())
  app.addHook('onReady', async () => prepareHashing())
  return { app, verifyPassword: argon2Passwords(noUsers) }
}
