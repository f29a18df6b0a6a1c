import { randomBytes } from 'node:crypto'
import caching from '@fastify/caching'
import { like } from '@latchkey/exact'
import guard, { authenticated, everyone } from '@latchkey/guard'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'

/** A server that calls everything public, by the plugin or by a hook as older versions of it had. */
async function serverWith(t: Test, isPublic: (app: FastifyInstance) => unknown): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await isPublic(app)
  await app.register(guard)
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store: memoryStore() })
  app.get('/in', { config: { access: everyone } }, async (_request, reply) => {
    await reply.signIn({ subject: 'ann' })
    return 'in'
  })
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  app.get('/prices', { config: { access: everyone } }, async () => 'prices')
  return app
}

const PUBLIC = 'public, max-age=300'

for (const [name, isPublic] of [
  ['@fastify/caching', (app: FastifyInstance) => app.register(caching, { privacy: 'public', expiresIn: 300 })],
  [
    'a hook before the guard',
    (app: FastifyInstance) =>
      app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', PUBLIC))
  ]
] as const) {
  t.test(`${name} makes neither private answers nor refusals public (K5.1, K5.2, SEC-71)`, async (t) => {
    const app = await serverWith(t, isPublic)
    const signedIn = await app.inject('/in')
    like(t, signedIn, { statusCode: 200, headers: { 'cache-control': 'no-store', vary: 'Cookie' } })
    const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
    const own = await app.inject({ url: '/me', headers: { cookie } })
    like(t, own, { statusCode: 200, body: 'ann', headers: { 'cache-control': 'no-store', vary: 'Cookie' } })
    like(t, await app.inject('/me'), { statusCode: 401, headers: { 'cache-control': 'no-store', vary: 'Cookie' } })
    like(t, await app.inject('/prices'), { statusCode: 200, headers: { 'cache-control': PUBLIC, vary: 'Cookie' } })
  })
}
