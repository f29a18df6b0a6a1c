import bearer from '@latchkey/bearer'
import guard, { allOf } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import { contains, like, rejectsLike } from '@latchkey/exact'
import { AUDIENCE, claims, ISSUER, issuer, NOW } from './fixtures/issuer.ts'
import { ask, expired, honoured, present, serve } from './fixtures/server.ts'

t.test('passes the bearer and the claims of the token to the route', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const authorization = `Bearer ${await sign({ auth_time: NOW - 120, tenant: { id: 7 } })}`
  const response = await app.inject({ url: '/me', headers: { authorization } })
  t.equal(response.statusCode, 200)
  t.same(response.json(), {
    subject: 'ada',
    issuer: ISSUER,
    scheme: 'bearer',
    scopes: ['items:read', 'items:write'],
    claims: { ...claims, auth_time: NOW - 120, tenant: { id: 7 } },
    authenticatedAt: NOW - 120
  })
})

t.test('compares the scopes of the token with the rule of the route (RFC 9700 §2.3)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = Fastify()
  await app.register(guard, { scopes: { 'items:read': 'Read items', 'items:write': 'Change items' } })
  await app.register(bearer, { issuers: [trusted], now: () => NOW * 1000 })
  app.get('/me', { config: { access: allOf('items:write') } }, async () => 'ok')
  t.same(await present(app, await sign()), honoured)
  t.same(await present(app, await sign({ scope: 'items:read' })), {
    status: 403,
    code: 'LATCHKEY_INSUFFICIENT_SCOPE',
    challenge:
      'Bearer error="insufficient_scope", error_description="The credentials do not have the required scope", scope="items:write"',
    reason: undefined
  })
  like(
    t,
    await present(app, await sign({ scope: undefined })),
    { status: 403 },
    'a token without a scope claim has no scopes'
  )
})

t.test('admits a caller without a token to an open route, and refuses an invalid token there', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const anonymous = await app.inject('/open')
  t.same([anonymous.statusCode, anonymous.body], [200, 'nobody'])
  const known = await app.inject({ url: '/open', headers: { authorization: `Bearer ${await sign()}` } })
  t.same([known.statusCode, known.body], [200, 'ada'])
  const authorization = `Bearer ${await sign({ exp: NOW - 3600 })}`
  t.same(await ask(app, { url: '/open', headers: { authorization } }), expired('exp has passed'))
})

t.test('documents the scheme that it reads', async (t) => {
  const { trusted } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const [scheme, ...others] = app.guard.securitySchemes()
  t.same(others, [])
  like(t, scheme, { name: 'bearerAuth', opens: 'bearer' })
  like(t, scheme?.definition(), { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
})

t.test('reads the time from the system clock', async (t) => {
  const { trusted, sign } = await issuer()
  const app = Fastify()
  await app.register(guard)
  await app.register(bearer, { issuers: [trusted] })
  app.get('/me', { config: { access: allOf('items:read') } }, async () => 'ok')
  const now = Math.floor(Date.now() / 1000)
  like(t, await present(app, await sign({ iat: now, exp: now + 300 })), { status: 200 })
  like(t, await present(app, await sign({ iat: now - 600, exp: now - 300 })), { status: 401 })
})

t.test('refuses a second registration in its context or a child context, and names the fix (FAULT-34)', async (t) => {
  const { trusted } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const forTheOtherScheme = {
    issuers: [{ ...trusted, dpop: 'required' as const }],
    dpop: { origin: AUDIENCE, replay: memoryStore().dpopReplay }
  }
  const error = {
    code: 'LATCHKEY_REGISTRATION',
    message:
      '@latchkey/bearer: the plugin is registered already, in this context or in a parent context. Fix: name all issuers in one registration'
  }
  await rejectsLike(t, async () => app.register(bearer, forTheOtherScheme), error)
  const parent = await serve(t, { issuers: [trusted] })
  const inChild = async (child: FastifyInstance): Promise<void> => void child.register(bearer, forTheOtherScheme)
  await rejectsLike(t, async () => parent.register(inChild), error)
})

t.test('allocates no memory for tokens that have not come yet', async (t) => {
  const { trusted } = await issuer()
  await serve(t, { issuers: [trusted] })
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 5; i++) await serve(t, { issuers: [trusted], remember: 1_000_000 })
  const megabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20
  t.ok(megabytes < 30, `${megabytes} MB for five servers`)
})

t.test('does not start without a guard', async (t) => {
  const { trusted } = await issuer()
  const app = Fastify()
  app.register(bearer, { issuers: [trusted] })
  await rejectsLike(t, async () => app.ready(), { code: 'FST_ERR_PLUGIN_DEPENDENCY_NOT_REGISTERED' })
})

t.test('answers with the same text for every failed check and repeats no part of the token', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const stranger = await issuer()
  const tokens = [await stranger.sign(), await sign({ aud: 'canary' }), await sign({}, { kid: 'canary' })]
  const bodies = await Promise.all(
    tokens.map(async (token) => {
      const response = await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })
      return `${String(response.headers['www-authenticate'])} ${response.body}`
    })
  )
  t.equal(new Set(bodies).size, 1)
  t.notMatch(bodies[0], /canary/)
  contains(t, bodies[0], 'The access token is not valid')
})

t.test('does not accept callers of another server with other issuers', async (t) => {
  const ours = await issuer()
  const theirs = await issuer()
  const one = await serve(t, { issuers: [ours.trusted] })
  const other = await serve(t, { issuers: [{ ...theirs.trusted, audience: [AUDIENCE, 'https://other.example.com'] }] })
  like(t, await present(one, await ours.sign()), honoured)
  like(t, await present(other, await ours.sign()), { status: 401 })
})

t.test('names in its metadata the authorization servers whose tokens it accepts (SEC-73)', async (t) => {
  const issuers = await Promise.all(
    [ISSUER, 'urn:example:issuer', 'http://login.example.com'].map((name) => issuer('ES256', name))
  )
  const app = Fastify()
  await app.register(guard, { resource: AUDIENCE })
  await app.register(bearer, { issuers: issuers.map(({ trusted }) => trusted) })
  const response = await app.inject('/.well-known/oauth-protected-resource')
  t.same(response.json(), {
    resource: AUDIENCE,
    authorization_servers: [ISSUER],
    bearer_methods_supported: ['header']
  })
})
