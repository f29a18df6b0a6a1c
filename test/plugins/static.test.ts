import fastifyStatic from '@fastify/static'
import { like } from '@latchkey/exact'
import guard, { allOf, authenticated, type Authenticator, everyone, noAuthentication } from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'

const keys: Authenticator = {
  scheme: 'key',
  challenge: 'Key',
  ambient: false,
  header: 'key',
  securitySchemes: {},
  authenticate: async ({ headers: { key } }) =>
    typeof key === 'string'
      ? { subject: key, issuer: null, scopes: new Set(key.split(' ')), claims: {}, authenticatedAt: null }
      : null
}

const PAGE = 'the private page'

/** Public files beside a page for signed-in people. */
async function site(t: Test): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, { routes: { '/assets/*': noAuthentication } })
  app.guard.addAuthenticator(keys)
  await app.register(fastifyStatic, { root: import.meta.dirname, prefix: '/assets/' })
  app.register(async (spa) => {
    spa.guard.require(authenticated)
    spa.setNotFoundHandler(async ({ principal }, reply) =>
      reply.type('text/html').send(`${PAGE} of ${principal.subject}`)
    )
  })
  return app
}

t.test('a missing public file does not show the not-found page of a context with a rule (K1.2)', async (t) => {
  const app = await site(t)
  t.equal((await app.inject('/assets/static.test.ts')).statusCode, 200)
  for (const url of ['/assets/none.js', '/none']) {
    for (const method of ['GET', 'HEAD'] as const) {
      const refused = await app.inject({ method, url })
      t.equal(refused.statusCode, 401, `${method} ${url}`)
      t.equal(refused.headers['www-authenticate'], 'Key')
      t.equal(refused.headers['cache-control'], 'no-store')
      t.notMatch(refused.body, PAGE)
    }
    const shown = await app.inject({ url, headers: { key: 'ann' } })
    t.equal(shown.statusCode, 200)
    t.equal(shown.body, `${PAGE} of ann`)
    like(t, shown.headers, { vary: 'key', 'cache-control': 'no-store' })
  }
})

t.test('callNotFound() of an open route applies the rule before any hook of the handler runs (K1.2)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const ran: string[] = []
  await app.register(guard)
  app.guard.addAuthenticator(keys)
  app.get('/open', { config: { access: everyone } }, async (_request, reply) => reply.callNotFound())
  app.register(async (spa) => {
    spa.addHook('preHandler', async () => void ran.push('context'))
    spa.setNotFoundHandler({ preHandler: async () => void ran.push('handler') }, async () => PAGE)
    spa.guard.require(allOf('page'))
  })
  t.equal((await app.inject('/open')).statusCode, 401)
  t.equal((await app.inject({ url: '/open', headers: { key: 'ann' } })).statusCode, 403)
  t.same(ran, [])
  t.equal((await app.inject({ url: '/open', headers: { key: 'page' } })).body, PAGE)
  t.same(ran, ['context', 'handler'])
})
