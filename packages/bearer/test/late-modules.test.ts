// Runs in a process of its own: it watches the first import of modules.
import { watchModules } from '@latchkey/exact/late-modules'
import guard, { authenticated, everyone } from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import { type CryptoKey, importJWK } from 'jose'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import type * as Bearer from '@latchkey/bearer'
import { AUDIENCE, issuer, NOW } from './fixtures/issuer.ts'
import { honoured, present } from './fixtures/server.ts'

const { trusted, sign, jwk } = await issuer()
const key = (await importJWK(jwk)) as CryptoKey // the key is not symmetric
const known = { ...trusted, jwks: { find: async () => key, holds: () => true } }
const remote = { issuer: 'https://remote.example.com', audience: AUDIENCE }
const modules = watchModules('jose', 'undici')

t.test('imports jose and undici in the background when the server is ready, without a request', async (t) => {
  const app = await serve(t, {}, [known, remote])
  t.same(await modules.names(), [], 'nothing is imported at registration')
  await app.ready()
  await modules.reach('jose')
  await modules.reach('undici')
})

t.test('verifies a token that comes before the background import has ended', async (t) => {
  const app = await serve(t, {}, [known])
  const before = (await modules.names()).length
  const answers = await Promise.all([present(app, await sign()), present(app, await sign({ jti: 'second' }))])
  t.same(answers, [honoured, honoured])
  t.same((await modules.names()).slice(before), ['jose'])
})

t.test(
  'starts without jose, answers 503 to tokens whose key it cannot import, and logs the missing module',
  async (t) => {
    const rejections: unknown[] = []
    const onRejection = (reason: unknown): void => void rejections.push(reason)
    process.on('unhandledRejection', onRejection)
    t.teardown(() => process.off('unhandledRejection', onRejection))
    const missing = new Error('Cannot find package')
    const jose = Object.defineProperty({}, 'importJWK', {
      enumerable: true,
      get() {
        throw missing
      }
    })
    const app = await serve(t, { jose }, [{ ...trusted, jwks: () => trusted.jwks }])
    const errors: unknown[] = []
    app.addHook('onError', async (_request, _reply, error) => void errors.push(error))
    await app.ready()
    like(t, await present(app, await sign()), { status: 503 })
    const reason = { message: 'The module "jose" cannot be loaded. Fix: install it again', cause: missing }
    like(t, errors, [{ message: 'The request cannot be authorized now', cause: { cause: reason } }])
    t.equal((await app.inject('/open')).statusCode, 200)
    t.same(rejections, [])
  }
)

/** A server with an instance of the package that has imported nothing yet. */
async function serve(
  t: Test,
  mocks: Record<string, unknown>,
  issuers: Bearer.BearerOptions['issuers']
): Promise<FastifyInstance> {
  const { default: bearer } = await t.mockImport<typeof Bearer>('../src/index.ts', mocks)
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  await app.register(bearer, { now: () => NOW * 1000, issuers })
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  app.get('/open', { config: { access: everyone } }, async () => 'open')
  return app
}
