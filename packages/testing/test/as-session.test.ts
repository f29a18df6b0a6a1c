import { randomBytes } from 'node:crypto'
import { like, rejectsLike } from '@latchkey/exact'
import { authenticated } from '@latchkey/guard'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import testing, { as } from '@latchkey/testing'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import t from 'tap'
import { server } from './fixtures/server.ts'

t.test('a caller with a session is signed in by the server', async (t) => {
  const app = await server(t, { session: {}, guard: { roles: { editor: ['items:write'] } } })
  await app.register(testing)
  const alice = as(app, {
    subject: 'alice',
    session: true,
    scopes: ['items:read'],
    claims: { name: 'Alice' },
    authenticatedAt: 1000
  })
  const me = await alice.get('/me')
  t.equal(me.statusCode, 200)
  t.same(me.json(), {
    subject: 'alice',
    scopes: ['items:read'],
    scheme: 'session',
    claims: { name: 'Alice' },
    authenticatedAt: 1000
  })
  t.equal((await app.sessions.list('alice')).length, 1)
  const editor = as(app, { subject: 'ed', session: true, roles: ['editor'] })
  like(t, (await editor.get('/me')).json(), { scopes: ['items:write'] })
  t.equal((await editor.post('/items')).statusCode, 201)
})

t.test('a caller with a session keeps the cookies of the answers', async (t) => {
  const app = await server(t, { session: {} })
  await app.register(testing)
  const alice = as(app, { subject: 'alice', session: true })
  t.equal((await alice.post('/sign-out')).statusCode, 204)
  const { statusCode } = await alice.inject('/me')
  t.equal(statusCode, 401)
  t.same(await app.sessions.list('alice'), [])
})

t.test('a caller with a session sends each cookie to the paths that the cookie is for', async (t) => {
  const app = await server(t, { session: {} })
  await app.register(testing)
  const pairs = async ({ headers }: FastifyRequest) =>
    String(headers.cookie)
      .split('; ')
      .filter((pair) => !pair.startsWith('__Host-'))
  app.get('/start', { config: { access: authenticated } }, async (_request, reply) =>
    reply.header('set-cookie', ['all=1; Path=/', 'admin=2; Path=/admin']).send()
  )
  app.get('/admin/own', { config: { access: authenticated } }, async (_request, reply) =>
    reply.header('set-cookie', 'default=3').send()
  )
  for (const url of ['/admin/x', '/x', '//']) app.get(url, { config: { access: authenticated } }, pairs)
  const alice = as(app, { subject: 'alice', session: true })
  await alice.get('/start')
  t.same((await alice.get('/admin/x?a=1')).json(), ['admin=2', 'all=1'])
  await alice.get('/admin/own')
  t.same((await alice.inject({ url: { pathname: '/admin/x' } })).json(), ['admin=2', 'default=3', 'all=1'])
  t.same((await alice.inject({ path: '/x' })).json(), ['all=1'])
  t.same((await alice.get('//')).json(), ['all=1'])
})

for (const prefix of ['/area', '/area/']) {
  t.test(`a context with the prefix ${prefix} has its own sessions`, async (t) => {
    const app = await server(t, {})
    const contexts: FastifyInstance[] = []
    await app.register(
      async (area) => {
        contexts.push(area)
        await area.register(session, { secrets: [randomBytes(32).toString('base64url')], store: memoryStore() })
        await area.register(testing)
        area.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
      },
      { prefix }
    )
    await app.ready()
    for (const area of contexts) {
      t.equal((await as(area, { subject: 'alice', session: true }).get('/area/me')).body, 'alice')
    }
    t.equal(contexts.length, 1)
  })
}

t.test('a caller with a session rejects without the plugin', async (t) => {
  const app = await server(t, { session: {} })
  await rejectsLike(t, as(app, { subject: 'alice', session: true }).get('/me'), {
    code: 'LATCHKEY_REGISTRATION',
    message: /^as\(\): sessions need the plugin\. Fix: await app\.register\(testing\)/
  })
})

t.test('a caller with a session rejects with the error of reply.signIn()', async (t) => {
  const app = await server(t, { session: {} })
  await app.register(testing)
  const large = { subject: 'alice', session: true, claims: { text: 'x'.repeat(5000) } }
  await rejectsLike(t, as(app, large).get('/me'), { name: 'FastifyError', code: 'LATCHKEY_SESSION_TOO_LARGE' })
})

t.test('a caller with a session rejects when a hook of the server stops the sign-in', async (t) => {
  const app = await server(t, { session: {} })
  app.addHook('onRequest', async (_request, reply) => reply.code(429).send())
  await app.register(testing)
  await rejectsLike(t, as(app, { subject: 'alice', session: true }).get('/me'), {
    message: 'The sign-in of the test was answered with 429: a hook of the server stopped it'
  })
})
