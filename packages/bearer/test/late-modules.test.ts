// Runs in a process of its own: it watches the first import of modules.
import { watchModules } from '@latchkey/exact/late-modules'
import guard, { authenticated } from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import { type CryptoKey, importJWK } from 'jose'
import t, { type Test } from 'tap'
import type * as Bearer from '@latchkey/bearer'
import { AUDIENCE, issuer, NOW } from './fixtures/issuer.ts'
import { honoured, present } from './fixtures/server.ts'

const { trusted, sign, jwk } = await issuer()
const key = (await importJWK(jwk)) as CryptoKey // the key is not symmetric
const known = { ...trusted, jwks: { find: async () => key } }
const remote = { issuer: 'https://remote.example.com', audience: AUDIENCE }
const modules = watchModules('jose', 'undici')

t.test('imports jose and undici in the background when the server is ready, without a request', async (t) => {
  const app = await serve(t, [known, remote])
  t.same(await modules.names(), [], 'nothing is imported at registration')
  await app.ready()
  await modules.reach('jose')
  await modules.reach('undici')
})

t.test('verifies a token that comes before the background import has ended', async (t) => {
  const app = await serve(t, [known])
  const before = (await modules.names()).length
  const answers = await Promise.all([present(app, await sign()), present(app, await sign({ jti: 'second' }))])
  t.same(answers, [honoured, honoured])
  t.same((await modules.names()).slice(before), ['jose'])
})

/** A server with an instance of the package that has imported nothing yet. */
async function serve(t: Test, issuers: Bearer.BearerOptions['issuers']): Promise<FastifyInstance> {
  const { default: bearer } = await t.mockImport<typeof Bearer>('../src/index.ts', {})
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  await app.register(bearer, { now: () => NOW * 1000, issuers })
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  return app
}
