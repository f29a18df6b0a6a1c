// Runs in a process of its own: it watches the first import of modules.
import { setImmediate } from 'node:timers/promises'
import { like } from '@latchkey/exact'
import { watchModules } from '@latchkey/exact/late-modules'
import { memoryStore } from '@latchkey/store/memory'
import type * as Login from '@latchkey/login'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { fakeSession } from './fixtures/fake-session.ts'
import { origin } from './fixtures/server.ts'

const LATE = ['jose', 'undici', '@fastify/oauth2']
const modules = watchModules(...LATE)

t.test('imports its engine, the HTTP client and jose in the background, without a request', async (t) => {
  const app = await application(t)
  t.same(await modules.names(), [], 'nothing is imported at registration')
  await app.ready()
  for (const name of LATE) await modules.reach(name)
})

t.test('starts logins that come before the background import has ended, with one import of the engine', async (t) => {
  const app = await application(t)
  const before = (await modules.names()).length
  const answers = await Promise.all([app.inject('/login/discord'), app.inject('/login/discord')])
  like(t, answers, [{ statusCode: 303 }, { statusCode: 303 }])
  const imported = (await modules.names()).slice(before)
  t.equal(imported.filter((name) => name === '@fastify/oauth2').length, 1)
})

t.test('starts without the engine, answers 500 to logins and logs the module that is missing', async (t) => {
  const rejections: unknown[] = []
  const onRejection = (reason: unknown): void => void rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  t.teardown(() => process.off('unhandledRejection', onRejection))
  const missing = new Error('Cannot find package')
  const lines: string[] = []
  const engine = Object.defineProperty({}, 'default', {
    enumerable: true,
    get() {
      throw missing
    }
  })
  const app = await application(t, { '@fastify/oauth2': engine }, lines)
  await app.ready()
  const headers = { accept: 'application/json' }
  like(t, await app.inject({ url: '/login/discord', headers }), { statusCode: 500 })
  like(t, await app.inject({ url: '/login/discord', headers }), { statusCode: 500 }, 'the next login tries again')
  t.equal((await app.inject('/login')).statusCode, 200)
  t.equal(lines.filter((line) => line.includes('The module \\"@fastify/oauth2\\" cannot be loaded')).length, 2)
  t.same(rejections, [])
})

t.test('loads the engine again for the first login after the background load has failed', async (t) => {
  const { default: oauth2 } = await import('@fastify/oauth2')
  let isMissing = true
  const engine = Object.defineProperty({}, 'default', {
    enumerable: true,
    get() {
      if (isMissing) throw new Error('Cannot find package')
      return oauth2
    }
  })
  const app = await application(t, { '@fastify/oauth2': engine })
  await app.ready()
  await setImmediate()
  isMissing = false
  for (const name of ['discord', 'github']) t.equal((await app.inject(`/login/${name}`)).statusCode, 303, name)
})

/** A server with an instance of the package that has imported nothing yet. */
async function application(
  t: Test,
  mocks: Record<string, unknown> = {},
  lines: string[] = []
): Promise<FastifyInstance> {
  const { default: login, discord, github } = await t.mockImport<typeof Login>('../src/index.ts', mocks)
  const app = Fastify({ logger: { level: 'error', stream: { write: (line: string) => void lines.push(line) } } })
  t.teardown(() => app.close())
  await app.register(fakeSession, { origin, sessions: new Map() })
  const client = { clientId: 'app', clientSecret: 'opensesame' }
  // The client of one provider is known before the first login, that of the other is not.
  const providers = [discord(client), { ...github(client), clientSecret: async () => 'opensesame' }]
  await app.register(login, { store: memoryStore(), providers })
  return app
}
