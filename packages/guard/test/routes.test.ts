import { Writable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import guard, { type AccessRule, allOf, anyOf, authenticated, everyone } from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

t.test('refuses to start with routes without a rule, and lists all of them and the fix once (K19.2)', async (t) => {
  const app = Fastify()
  await app.register(guard)
  app.get('/one', async () => 1)
  app.register(async (child) => void child.route({ method: ['PUT', 'PATCH'], url: '/two', handler: async () => 2 }), {
    prefix: '/v1'
  })
  app.get('/three', { config: { access: everyone } }, async () => 3)
  const error: unknown = await app.ready().then(
    () => undefined,
    (error: unknown) => error
  )
  like(t, error, { code: 'LATCHKEY_ROUTE_ACCESS' })
  const lines = (error as Error).message.split('\n')
  t.same(lines, [
    'The guard will not start:',
    '  GET /one has no rule',
    '  PUT,PATCH /v1/two has no rule',
    'Give each route a rule (allOf("some:scope"), authenticated, everyone or noAuthentication):',
    '  - a route of your own: config: { access: rule }',
    "  - a route of a plugin: the option routes: { '/one': rule, '/v1/two': rule } of the guard",
    '  - all routes of a context: app.guard.require(rule)',
    "  To leave routes without a rule open: the option undeclared: 'allow' of the guard"
  ])
})

const faults: { name: string; access: unknown; says: RegExp }[] = [
  { name: 'a rule given as undefined', access: undefined, says: /config\.access: undefined/ },
  { name: 'a bare list', access: ['a'], says: /is no rule/ },
  { name: 'a bare scope', access: 'a', says: /is no rule/ },
  { name: 'null', access: null, says: /is no rule/ },
  { name: 'a scope without a description', access: anyOf('itmes:read'), says: /does not describe: itmes:read/ }
]

for (const { name, access, says } of faults) {
  t.test(`refuses to start with a route with ${name}`, async (t) => {
    const app = Fastify()
    await app.register(guard, { scopes: { 'items:read': 'Read items' }, undeclared: 'allow' })
    // The types forbid most of these; a caller in JavaScript can still do them.
    app.get('/', { config: { access: access as AccessRule } }, async () => 'open?')
    await rejectsLike(t, async () => app.ready(), { code: 'LATCHKEY_ROUTE_ACCESS', message: says })
  })
}

t.test('refuses to start when the rules of several places multiply to more than 64 alternatives', async (t) => {
  const app = Fastify()
  await app.register(guard)
  const wide = anyOf(...Array.from({ length: 9 }, (_, n) => `s${n}`))
  app.guard.require(wide)
  app.get('/', { config: { access: anyOf(...Array.from({ length: 9 }, (_, n) => `r${n}`)) } }, async () => 'open?')
  await rejectsLike(t, async () => app.ready(), { message: /cannot be combined: .*64/ })
})

t.test(
  'refuses to start with a pattern in the routes option that no route has, and lists the existing patterns (K19.2)',
  async (t) => {
    const app = Fastify()
    await app.register(guard, { routes: { '/dosc/*': everyone, '/itmes': everyone, '/docs/*': everyone } })
    app.get('/docs/*', async () => 'docs')
    app.get('/items', { config: { access: everyone } }, async () => 'items')
    await rejectsLike(t, async () => app.ready(), {
      code: 'LATCHKEY_ROUTE_ACCESS',
      message: [
        'The guard will not start:',
        '  /dosc/* is in the option "routes", but no route has this pattern',
        '  /itmes is in the option "routes", but no route has this pattern',
        "The patterns of the routes are '/docs/*', '/items'"
      ].join('\n')
    })
    const empty = Fastify()
    await empty.register(guard, { routes: { '/x': everyone } })
    await rejectsLike(t, async () => empty.ready(), { message: /\nThe patterns of the routes are none$/ })
  }
)

t.test('warns once at the start about routes where everyone has no effect (K19.3)', async (t) => {
  const lines: string[] = []
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) })
  const app = Fastify({ logger: { stream } })
  t.teardown(() => app.close())
  await app.register(guard, { routes: { '/mapped': everyone } })
  app.get('/free', { config: { access: everyone } }, async () => 'free')
  app.register(async (area) => {
    area.guard.require(authenticated)
    area.get('/open', { config: { access: everyone } }, async () => 'closed')
    area.get('/either', { config: { access: anyOf('a', everyone) } }, async () => 'closed')
    area.get('/own', { config: { access: everyone, otherRules: 'ignored' } }, async () => 'open')
    area.get('/docs', { config: { access: everyone, otherRules: 'preferred' } }, async () => 'closed')
    area.get('/plain', async () => 'closed')
  })
  app.get('/mapped', { config: { access: allOf('a') } }, async () => 'closed')
  await app.ready()
  const warnings = lines
    .map((line) => JSON.parse(line) as { level: number; msg: string; routes: string[] })
    .filter(({ level }) => level === 40)
  t.equal(warnings.length, 1)
  t.same(warnings[0]?.routes.toSorted(), ['GET /either', 'GET /mapped', 'GET /open'])
  t.match(warnings[0]?.msg, /everyone, which has no effect: .*app\.guard\.require\(\)/)
  for (const [url, status] of [
    ['/free', 200],
    ['/own', 200],
    ['/open', 401],
    ['/docs', 401],
    ['/mapped', 401]
  ] as const) {
    t.equal((await app.inject(url)).statusCode, status, url)
  }
})

t.test('leaves undeclared routes open with the option undeclared, and warns at the start', async (t) => {
  const lines: string[] = []
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) })
  const app = Fastify({ logger: { stream } })
  t.teardown(() => app.close())
  await app.register(guard, { undeclared: 'allow' })
  app.guard.addAuthenticator(keyAuthenticator())
  app.get('/open', async () => 'open')
  app.get('/closed', { config: { access: authenticated } }, async () => 'closed')
  t.equal((await app.inject('/open')).statusCode, 200)
  t.equal((await app.inject('/closed')).statusCode, 401)
  const warning = lines.map((line) => JSON.parse(line)).find(({ level }) => level === 40)
  t.same(warning.routes, ['GET /open', 'HEAD /open'])
})

t.test('combines the rules of contexts, of the routes option and of the route', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, { routes: { '/area/room': allOf('c') } })
  app.guard.addAuthenticator(keyAuthenticator())
  app.guard.require(authenticated)
  app.register(
    async (area) => {
      area.guard.require(allOf('a'))
      area.guard.require(allOf('b'))
      area.get('/room', { config: { access: allOf('d') } }, async () => 'room')
      area.get('/hall', { config: { access: everyone } }, async () => 'hall')
    },
    { prefix: '/area' }
  )
  app.get('/yard', async () => 'yard')
  const status = async (url: string, key?: string): Promise<number> =>
    (await app.inject({ url, headers: key ? { key } : {} })).statusCode
  t.equal(await status('/area/room', 'ann a b c d'), 200)
  for (const held of ['b c d', 'a c d', 'a b d', 'a b c']) t.equal(await status('/area/room', `ann ${held}`), 403, held)
  t.equal(await status('/area/hall'), 401, 'an inner rule cannot relax an outer one')
  t.equal(await status('/area/hall', 'ann a b'), 200)
  t.equal(await status('/yard'), 401)
  t.equal(await status('/yard', 'ann'), 200)

  const inventory = app.guard.routes().filter(({ method }) => method === 'GET')
  t.same(
    inventory.map(({ url, sources }) => [url, sources]),
    [
      ['/area/room', ['context', 'routes option', 'route']],
      ['/area/hall', ['context', 'route']],
      ['/yard', ['context']]
    ].sort((a, b) => inventory.findIndex(({ url }) => url === a[0]) - inventory.findIndex(({ url }) => url === b[0]))
  )
})

t.test('finds the entry of a route by the options that Fastify passes to onRoute hooks', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  const options: object[] = []
  app.addHook('onRoute', (route) => void options.push(route))
  app.get('/items', { config: { access: allOf('a') } }, async () => 'items')
  const [get = {}] = options
  like(t, app.guard.route(get), { method: 'GET', url: '/items', rule: allOf('a') }, 'before the server is ready')
  await app.ready()
  like(t, app.guard.route(get), { method: 'GET', url: '/items', rule: allOf('a') })
  t.equal(app.guard.route({}), undefined)
})

t.test('answers 404 without authentication, unless the context has a rule', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  app.register(
    async (area) => {
      area.guard.require(authenticated)
      area.setNotFoundHandler(async (_request, reply) => reply.code(404).send('nothing in this area'))
    },
    { prefix: '/area' }
  )
  t.equal((await app.inject('/nowhere')).statusCode, 404)
  t.equal((await app.inject({ url: '/nowhere', headers: { key: 'bad' } })).statusCode, 404)
  t.equal((await app.inject('/area/nowhere')).statusCode, 401)
  t.equal((await app.inject({ url: '/area/nowhere', headers: { key: 'ann' } })).statusCode, 404)
})

t.test('names the root of a prefix without a rule once', async (t) => {
  const app = Fastify()
  await app.register(guard)
  app.register(async (child) => void child.get('/', async () => 'open?'), { prefix: '/metrics' })
  const error: unknown = await app.ready().then(
    () => undefined,
    (error: unknown) => error
  )
  t.equal((error as Error).message.match(/has no rule/g)?.length, 1)
})

t.test('separates two guarded contexts of one server (FAULT-34)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const context = (scope: string) => async (child: FastifyInstance) => {
    await child.register(guard, { scopes: { [scope]: 'Anything' } })
    child.guard.addAuthenticator(keyAuthenticator({ header: `key-${scope}` }))
    child.get(`/${scope}`, { config: { access: allOf(scope) } }, async ({ principal }) => principal.subject)
  }
  app.register(context('a'))
  app.register(context('b'))
  t.equal((await app.inject({ url: '/a', headers: { 'key-a': 'ann a' } })).body, 'ann')
  t.equal((await app.inject({ url: '/b', headers: { 'key-a': 'ann b' } })).statusCode, 401)
})

const REGISTERED = '@latchkey/guard: the plugin is registered already, in this context or in a parent or child context'

t.test('refuses a second guard in a context, with a clear error (FAULT-34)', async (t) => {
  const app = Fastify()
  await app.register(guard)
  await rejectsLike(t, async () => app.register(guard), { name: 'RegistrationError', message: REGISTERED })
  const nested = Fastify()
  await nested.register(guard)
  nested.register(async (child) => {
    await child.register(guard)
  })
  await rejectsLike(t, async () => nested.ready(), { name: 'RegistrationError', message: REGISTERED })
  const around = Fastify()
  await around.register(async (child) => {
    await child.register(guard)
  })
  await rejectsLike(t, async () => around.register(guard), { name: 'RegistrationError', message: REGISTERED })
})

t.test('enforces and reports the rule that a route had when it was declared', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  const config = { access: allOf('a') }
  app.get('/a', { config }, async () => 'a')
  config.access = allOf('b')
  app.get('/b', { config }, async () => 'b')
  config.access = everyone
  await app.ready()
  t.same(
    app.guard.routes().map(({ url, rule }) => [url, rule]),
    [
      ['/a', allOf('a')],
      ['/a', allOf('a')],
      ['/b', allOf('b')],
      ['/b', allOf('b')]
    ]
  )
  t.equal((await app.inject({ url: '/a', headers: { key: 'ann b' } })).statusCode, 403)
  t.equal((await app.inject({ url: '/b', headers: { key: 'ann b' } })).statusCode, 200)
})

t.test('the inventory has the constraints of a route with some', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  const config = { access: authenticated }
  app.head('/a', { config }, async () => 'x')
  app.head('/a', { config, constraints: { host: 'a.example', version: '1.0.0' } }, async () => 'x')
  await app.ready()
  const entry = { method: 'HEAD', url: '/a', rule: authenticated, sources: ['route'] }
  t.strictSame(app.guard.routes(), [entry, { ...entry, constraints: { host: 'a.example', version: '1.0.0' } }])
})
