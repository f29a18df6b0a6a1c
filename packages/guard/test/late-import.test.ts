import { channel } from 'node:diagnostics_channel'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import guard, { allOf, authenticated, everyone, noAuthentication } from '@latchkey/guard'
import { routesSoFar } from '@latchkey/guard/plugin'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

/** A server created before the import: the guard did not see its initialization. */
function unheard(t: Test, options: FastifyServerOptions = {}): FastifyInstance {
  const restore = t.intercept(channel('fastify.initialization'), 'publish', { value: () => {} })
  const app: FastifyInstance = Fastify(options)
  restore.restore()
  t.teardown(() => app.close())
  return app
}

const preflight = (app: FastifyInstance): void => void app.options('*', async () => 'preflight')

for (const kind of ['heard', 'unheard'] as const) {
  const serverOf = (t: Test): FastifyInstance => {
    if (kind === 'unheard') return unheard(t)
    const app = Fastify()
    t.teardown(() => app.close())
    return app
  }

  t.test(`refuses to start with an earlier route without a rule: the initialization was ${kind} (K18)`, async (t) => {
    const app = serverOf(t)
    preflight(app)
    await app.register(guard)
    app.get('/late', { config: { access: everyone } }, async () => 'late')
    await rejectsLike(t, async () => app.ready(), {
      code: 'LATCHKEY_ROUTE_ACCESS',
      message: /OPTIONS \* (has no rule|was registered before).*\n.*'\*': rule/s
    })
  })

  t.test(`refuses to start with a rule that no guard enforces: the initialization was ${kind} (K18)`, async (t) => {
    const app = serverOf(t)
    await app.register(async (child) => {
      await child.register(guard)
      child.get('/guarded', { config: { access: authenticated } }, async () => 'guarded')
    })
    await app.register(async (other) => {
      other.get('/admin', { config: { access: allOf('admin') } }, async () => 'open to everyone')
      other.get('/home', { config: { access: everyone } }, async () => 'home')
      other.get('/plain', async () => 'plain')
    })
    app.get('/me', { config: { access: authenticated } }, async () => 'open to everyone')
    await rejectsLike(t, async () => app.ready(), {
      code: 'LATCHKEY_ROUTE_ACCESS',
      message: [
        'The guard will not start:',
        '  GET /admin has a rule, and no guard covers it',
        '  GET /me has a rule, and no guard covers it',
        'Register the guard in a context around these routes. A plugin of yours that registers it must be wrapped in fastify-plugin'
      ].join('\n')
    })
  })

  t.test(
    `accepts the routes of two guards, and routes without a rule: the initialization was ${kind} (K18)`,
    async (t) => {
      const app = serverOf(t)
      for (const prefix of ['/a', '/b']) {
        await app.register(
          async (child) => {
            await child.register(guard)
            child.get('/me', { config: { access: authenticated } }, async () => 'me')
          },
          { prefix }
        )
      }
      app.get('/plain', async () => 'plain')
      await app.ready()
      const urls = ['/a/me', '/b/me', '/plain']
      t.same(await Promise.all(urls.map(async (url) => (await app.inject(url)).statusCode)), [401, 401, 200])
    }
  )

  t.test(`applies the option "routes" to an earlier route: the initialization was ${kind} (K18)`, async (t) => {
    const app = serverOf(t)
    preflight(app)
    app.get('/mapped', async () => 'mapped')
    await app.register(async (child) => void child.get('/', async () => 'root'), { prefix: '/child' })
    await app.register(guard, { routes: { '*': noAuthentication, '/mapped': allOf('a'), '/child': authenticated } })
    app.guard.addAuthenticator(keyAuthenticator())
    app.get('/late/:id?', { config: { access: everyone } }, async () => 'late')
    app.get('/a::b', { config: { access: everyone } }, async () => 'colon')
    app.get('/u/:a', { config: { access: everyone } }, async () => 'a')
    app.post('/u/:b/x', { config: { access: everyone } }, async () => 'b')
    app.get('/f/*', { config: { access: everyone } }, async () => 'f')
    await app.ready()
    t.equal((await app.inject({ method: 'OPTIONS', url: '/x', headers: { key: 'bad' } })).statusCode, 200)
    t.equal((await app.inject('/mapped')).statusCode, 401)
    t.equal((await app.inject({ url: '/mapped', headers: { key: 'ann' } })).statusCode, 403)
    for (const url of ['/child', '/child/']) t.equal((await app.inject(url)).statusCode, 401, url)
    const listed = app.guard.routes().flatMap(({ method, url, rule, sources }) => {
      return [method].flat().map((one) => [`${one} ${url}`, rule?.kind, sources.join()])
    })
    const inventory = new Map(listed.map(([name, ...rest]) => [name, rest]))
    t.same(inventory.get('OPTIONS *'), ['noAuthentication', 'routes option'])
    for (const method of ['GET', 'HEAD']) t.same(inventory.get(`${method} /mapped`), ['allOf', 'routes option'])
    t.same(inventory.get('GET /f/*'), ['everyone', 'route'])
    t.equal([...inventory.keys()].filter((name) => /\/u\/:a|\/f\//.test(String(name))).length, 4)
  })

  t.test(
    `refuses a pattern in the option "routes" that no route has: the initialization was ${kind} (K18)`,
    async (t) => {
      const app = serverOf(t)
      preflight(app)
      await app.register(guard, { routes: { '*': noAuthentication, '/none': noAuthentication } })
      await rejectsLike(t, async () => app.ready(), {
        message: /\/none is in the option.*\nThe patterns of the routes are '\*'/s
      })
    }
  )

  t.test(
    `applies a rule of the guard's context to an earlier route: the initialization was ${kind} (K18)`,
    async (t) => {
      const app = serverOf(t)
      app.get('/early', async () => 'early')
      await app.register(guard)
      app.guard.addAuthenticator(keyAuthenticator())
      app.guard.require(authenticated)
      t.equal((await app.inject('/early')).statusCode, 401)
      t.equal((await app.inject({ url: '/early', headers: { key: 'ann' } })).body, 'early')
      like(t, app.guard.routes()[0], { url: '/early', rule: authenticated, sources: ['context'] })
    }
  )

  t.test(`does not guard earlier routes of other contexts: the initialization was ${kind} (K18)`, async (t) => {
    const app = serverOf(t)
    app.get('/outside', async () => 'open')
    app.register(
      async (child) => {
        await child.register(guard)
        child.get('/inside', { config: { access: authenticated } }, async () => 'closed')
      },
      { prefix: '/child' }
    )
    t.equal((await app.inject('/outside')).statusCode, 200)
    t.equal((await app.inject('/child/inside')).statusCode, 401)
  })
}

t.test(
  "enforces the own rule of an unseen route at its first request, also with undeclared: 'allow' (K18)",
  async (t) => {
    const app = unheard(t)
    app.get('/own', { config: { access: allOf('a') } }, async () => 'own')
    await app.register(guard, { undeclared: 'allow' })
    app.guard.addAuthenticator(keyAuthenticator())
    t.equal((await app.inject('/own')).statusCode, 401)
    t.equal((await app.inject({ url: '/own', headers: { key: 'ann' } })).statusCode, 403)
    t.equal((await app.inject({ url: '/own', headers: { key: 'ann a' } })).body, 'own')
  }
)

t.test('answers 500 at an unseen route without a valid rule', async (t) => {
  // The application decides the printed members of a route: here none. Fastify's types do not include this option yet.
  const routerOptions: object = { buildPrettyMeta: () => ({}) }
  const app = unheard(t, { routerOptions })
  app.get('/bare', async () => 'open?')
  app.get('/misspelt', { config: { access: 'everyone' as never } }, async () => 'open?')
  await app.register(guard)
  for (const url of ['/bare', '/misspelt']) {
    const answer = await app.inject(url)
    like(t, [answer.statusCode, answer.json()], [500, { code: 'LATCHKEY_GUARD_FAILURE' }], url)
  }
})

t.test(
  'routesSoFar() returns the routes of a context, and none of a server with an unseen initialization (K19.3)',
  async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    app.options('/early', { schema: { summary: 'Early' } }, async () => 'early')
    await app.register(
      async (child) => {
        child.options('/here', async () => 'child')
        t.same(routesSoFar(child), [{ method: 'OPTIONS', url: '/child/here', schema: undefined }])
      },
      { prefix: '/child' }
    )
    t.same(routesSoFar(app)[0], { method: 'OPTIONS', url: '/early', schema: { summary: 'Early' } })
    t.equal(routesSoFar(app).length, 2)

    const before = unheard(t)
    before.get('/early', async () => 'early')
    t.same(routesSoFar(before), [])
  }
)

t.test('sees earlier routes of added methods, also M-SEARCH, and the routes below them (K18)', async (t) => {
  const app = unheard(t)
  for (const method of ['M-SEARCH', 'PROPFIND']) app.addHttpMethod(method)
  app.route({ method: ['M-SEARCH', 'PROPFIND'], url: '/dav', handler: async () => 'dav' })
  app.get('/dav/item', async () => 'item')
  await app.register(guard, { routes: { '/dav/item': authenticated } })
  await rejectsLike(t, async () => app.ready(), {
    code: 'LATCHKEY_ROUTE_ACCESS',
    message: /^The guard will not start:\n {2}\S*M-SEARCH\S* \/dav was registered before[^\n]*\nGive each route/
  })
})
