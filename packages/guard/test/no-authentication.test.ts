import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import Fastify, { type FastifyContextConfig, type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like, rejectsLike, throwsLike } from '@latchkey/exact'
import guard, {
  type AccessRule,
  allOf,
  anyOf,
  authenticated,
  everyone,
  type GuardOptions,
  noAuthentication
} from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

interface Counted {
  readonly app: FastifyInstance
  readonly asked: string[]
}

/** A server that counts all calls about credentials. */
async function counted(t: Test, options: GuardOptions = {}): Promise<Counted> {
  const asked: string[] = []
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, {
    permissions: () => {
      asked.push('permissions')
      return []
    },
    resolveUser: () => {
      asked.push('user')
      return 'ann'
    },
    ...options
  })
  const key = keyAuthenticator()
  app.guard.addAuthenticator({
    ...key,
    authenticate(request) {
      asked.push('authenticator')
      return key.authenticate(request)
    }
  })
  return { app, asked }
}

t.test('noAuthentication reads no credential, valid or invalid (K2.2)', async (t) => {
  const { app, asked } = await counted(t)
  app.get('/health', { config: { access: noAuthentication } }, async ({ principalIfAny }) => ({ principalIfAny }))
  const events: unknown[] = []
  const listen = (event: unknown): void => void events.push(event)
  for (const channel of ['latchkey:authentication', 'latchkey:authorization']) {
    subscribe(channel, listen)
    t.teardown(() => unsubscribe(channel, listen))
  }
  for (const headers of [{}, { key: 'bad' }, { key: 'ann' }]) {
    for (const method of ['GET', 'HEAD'] as const) {
      const response = await app.inject({ method, url: '/health', headers })
      t.equal(response.statusCode, 200)
      t.equal(response.headers.vary, undefined)
      t.equal(response.headers['cache-control'], undefined)
      if (method === 'GET') t.same(response.json(), { principalIfAny: null })
    }
  }
  t.same(asked, [])
  t.same(events, [])
  like(t, app.guard.routes(), [
    { method: 'GET', url: '/health', rule: noAuthentication, sources: ['route'] },
    { method: 'HEAD', url: '/health', rule: noAuthentication, sources: ['route'] }
  ])
})

t.test('noAuthentication applies to contexts and to routes of plugins (K2.2)', async (t) => {
  const { app, asked } = await counted(t, { routes: { '/metrics': noAuthentication, '/assets/*': noAuthentication } })
  app.get('/metrics', async () => 'metrics')
  app.register(
    async (assets) => {
      assets.guard.require(noAuthentication)
      assets.setNotFoundHandler(async (_request, reply) => reply.code(404).send('no such file'))
      assets.get('/*', async () => 'file')
    },
    { prefix: '/assets' }
  )
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  for (const url of ['/metrics', '/assets/a.js']) {
    t.equal((await app.inject({ url, headers: { key: 'bad' } })).statusCode, 200, url)
  }
  const missing = await app.inject({ method: 'POST', url: '/assets/a.js', headers: { key: 'bad' } })
  t.equal(missing.statusCode, 404)
  t.equal(missing.headers.vary, undefined)
  t.same(asked, [])
  t.equal((await app.inject('/me')).statusCode, 401)
  t.same(asked, ['authenticator'])
})

const contradictions: { name: string; says: RegExp; options?: GuardOptions; build: (app: FastifyInstance) => void }[] =
  [
    {
      name: 'a context with another rule',
      says: /GET \/x has noAuthentication by its config\.access, .* by app\.guard\.require\(\).*: rules only tighten\. Keep one/,
      build(app) {
        app.guard.require(authenticated)
        app.get('/x', { config: { access: noAuthentication } }, async () => 'open?')
      }
    },
    {
      name: 'the rule of an outer context',
      says: /GET \/x has noAuthentication by app\.guard\.require\(\), .* by app\.guard\.require\(\)/,
      build(app) {
        app.guard.require(allOf('a'))
        app.register(async (child) => {
          child.guard.require(noAuthentication)
          child.get('/x', async () => 'open?')
        })
      }
    },
    {
      name: 'everyone in its context',
      says: /GET \/x has noAuthentication by its config\.access/,
      build(app) {
        app.guard.require(everyone)
        app.get('/x', { config: { access: noAuthentication } }, async () => 'open?')
      }
    },
    {
      name: 'the option "routes"',
      options: { routes: { '/x': allOf('a') } },
      says: /GET \/x has noAuthentication by its config\.access, .* by the guard's option "routes"/,
      build(app) {
        app.get('/x', { config: { access: noAuthentication } }, async () => 'open?')
      }
    },
    {
      name: 'the rule of the route, when the option "routes" contains noAuthentication',
      options: { routes: { '/x': noAuthentication } },
      says: /GET \/x has noAuthentication by the guard's option "routes", .* by its config\.access/,
      build(app) {
        app.get('/x', { config: { access: allOf('a') } }, async () => 'open?')
      }
    },
    {
      name: 'the option "routes", for an endpoint that ignores contexts',
      options: { routes: { '/x': allOf('a') } },
      says: /by the guard's option "routes"/,
      build(app) {
        app.get('/x', { config: { access: noAuthentication, otherRules: 'ignored' } }, async () => 'open?')
      }
    }
  ]

for (const { name, says, options, build } of contradictions) {
  t.test(`does not start when noAuthentication meets ${name} (K2.2)`, async (t) => {
    const { app } = await counted(t, options)
    build(app)
    await rejectsLike(t, async () => app.ready(), { code: 'LATCHKEY_ROUTE_ACCESS', message: says })
  })
}

t.test('noAuthentication cannot be a part of another rule (K2.2)', async (t) => {
  const foreign: AccessRule = { kind: 'noAuthentication' }
  for (const rule of [noAuthentication, foreign]) {
    for (const combine of [allOf, anyOf]) {
      throwsLike(t, () => combine('a', rule), { name: 'TypeError', message: /cannot hold noAuthentication/ })
    }
    // A rule with the shape that another copy of the package creates.
    const nested: AccessRule = { kind: 'anyOf', of: [rule] }
    throwsLike(t, () => allOf('a', nested), { name: 'TypeError', message: /each as its own argument/ })
  }
})

t.test("an endpoint with otherRules: 'ignored' keeps its own rule in any context (K2.2)", async (t) => {
  const { app, asked } = await counted(t)
  app.guard.require(allOf('a'))
  app.get('/jwks', { config: { access: noAuthentication, otherRules: 'ignored' } }, async () => 'keys')
  app.get('/callback', { config: { access: everyone, otherRules: 'ignored' } }, async (request) => {
    return request.principalIfAny?.subject ?? 'nobody'
  })
  app.get('/mine', async () => 'mine')
  t.equal((await app.inject({ url: '/jwks', headers: { key: 'bad' } })).statusCode, 200)
  t.same(asked, [])
  t.equal((await app.inject('/callback')).body, 'nobody')
  t.equal((await app.inject({ url: '/callback', headers: { key: 'ann' } })).body, 'ann')
  t.equal((await app.inject({ url: '/callback', headers: { key: 'bad' } })).statusCode, 401)
  t.equal((await app.inject('/mine')).statusCode, 401)
  like(
    t,
    app.guard.routes().filter(({ method }) => method === 'GET'),
    [
      { url: '/jwks', rule: noAuthentication, sources: ['route'] },
      { url: '/callback', rule: everyone, sources: ['route'] },
      { url: '/mine', rule: allOf('a'), sources: ['context'] }
    ]
  )
})

t.test("a route with otherRules: 'preferred' applies its own rule only when no other rule exists (K2.2)", async (t) => {
  const config: FastifyContextConfig = { access: noAuthentication, otherRules: 'preferred' }
  const { app } = await counted(t, { routes: { '/mapped': authenticated } })
  for (const url of ['/free', '/mapped']) app.get(url, { config }, async () => 'docs')
  app.register(async (child) => {
    child.guard.require(authenticated)
    child.get('/closed', { config }, async () => 'docs')
  })
  for (const [url, status] of [
    ['/free', 200],
    ['/mapped', 401],
    ['/closed', 401]
  ] as const) {
    t.equal((await app.inject({ url, headers: { key: 'bad' } })).statusCode, status, url)
  }
})

for (const config of [
  { access: noAuthentication, otherRules: 'none' },
  { access: allOf('a'), otherRules: 'preferred' },
  { access: authenticated, otherRules: 'ignored' },
  { otherRules: 'ignored' }
]) {
  t.test(`does not start with a config of ${JSON.stringify(config)} (K2.2)`, async (t) => {
    const { app } = await counted(t)
    // The types forbid some of these; a caller in JavaScript can still do them.
    app.get('/x', { config: config as FastifyContextConfig }, async () => 'open?')
    await rejectsLike(t, async () => app.ready(), {
      code: 'LATCHKEY_ROUTE_ACCESS',
      message: /GET \/x has (a )?config\.otherRules/
    })
  })
}
