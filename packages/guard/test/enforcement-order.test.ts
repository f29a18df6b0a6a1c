import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import guard, { allOf, type AccessRule } from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

// Enforcement must not depend on the order of registration. Each row builds a server with `GET /items` behind
// `items:read`.

const rule = allOf('items:read')
const addItems = (app: FastifyInstance, access: AccessRule = rule): void => {
  app.get('/items', { config: { access } }, async () => 'items')
}
const addKeys = (app: FastifyInstance): void => app.guard.addAuthenticator(keyAuthenticator())

const orders: { name: string; url?: string; build: (app: FastifyInstance) => unknown }[] = [
  {
    name: 'guard first, awaited',
    async build(app) {
      await app.register(guard)
      addKeys(app)
      addItems(app)
    }
  },
  {
    name: 'guard first, not awaited',
    build(app) {
      app.register(guard).after(() => addKeys(app))
      addItems(app)
    }
  },
  {
    name: 'guard last',
    async build(app) {
      addItems(app)
      await app.register(guard)
      addKeys(app)
    }
  },
  {
    name: 'guard after a child context that holds the route',
    async build(app) {
      await app.register(async (child) => addItems(child))
      await app.register(guard)
      addKeys(app)
    }
  },
  {
    name: 'guard in a child context, before its route',
    build(app) {
      app.register(async (child) => {
        await child.register(guard)
        addKeys(child)
        addItems(child)
      })
    }
  },
  {
    name: 'guard in a child context, not awaited, route in the same function',
    build(app) {
      app.register(async (child) => {
        child.register(guard).after(() => addKeys(child))
        addItems(child)
      })
    }
  },
  {
    name: 'route in a grandchild of the guarded context',
    async build(app) {
      await app.register(guard)
      addKeys(app)
      app.register(async (child) => {
        child.register(async (grandchild) => addItems(grandchild))
      })
    }
  },
  {
    name: 'route under a prefix',
    url: '/v1/items',
    async build(app) {
      await app.register(guard)
      addKeys(app)
      app.register(async (child) => addItems(child), { prefix: '/v1' })
    }
  },
  {
    name: 'route at the root of a prefix',
    url: '/items',
    async build(app) {
      await app.register(guard)
      addKeys(app)
      app.register(async (child) => void child.get('/', { config: { access: rule } }, async () => 'items'), {
        prefix: '/items'
      })
    }
  },
  {
    name: 'route at the root of a prefix, requested with a trailing slash',
    url: '/items/',
    async build(app) {
      await app.register(guard)
      addKeys(app)
      app.register(async (child) => void child.get('/', { config: { access: rule } }, async () => 'items'), {
        prefix: '/items'
      })
    }
  },
  {
    name: 'rule of the context only',
    async build(app) {
      await app.register(guard)
      addKeys(app)
      app.register(async (child) => {
        child.get('/items', async () => 'items')
        child.guard.require(rule)
      })
    }
  },
  {
    name: 'rule from the routes option only',
    async build(app) {
      app.get('/items', async () => 'items')
      await app.register(guard, { routes: { '/items': rule } })
      addKeys(app)
    }
  },
  {
    name: 'rule from the routes option only, at the root of a prefix',
    async build(app) {
      await app.register(guard, { routes: { '/items': rule } })
      addKeys(app)
      app.register(async (child) => void child.get('/', async () => 'items'), { prefix: '/items' })
    }
  },
  {
    name: 'rule from the routes option only, at the root of a prefix, requested with a trailing slash',
    url: '/items/',
    async build(app) {
      await app.register(guard, { routes: { '/items/': rule } })
      addKeys(app)
      app.register(async (child) => void child.get('/', async () => 'items'), { prefix: '/items' })
    }
  },
  {
    name: 'authenticator last',
    async build(app) {
      await app.register(guard)
      addItems(app)
      await app.register(async (child) => addKeys(child))
    }
  }
]

for (const { name, url = '/items', build } of orders) {
  t.test(`guards the route: ${name} (SEC-69)`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await build(app)

    const stranger = await app.inject(url)
    t.equal(stranger.statusCode, 401)
    t.equal(stranger.headers['www-authenticate'], 'Key scope="items:read"')
    t.equal((await app.inject({ url, headers: { key: 'ann' } })).statusCode, 403)
    t.equal((await app.inject({ method: 'HEAD', url })).statusCode, 401)
    t.equal((await app.inject({ method: 'HEAD', url, headers: { key: 'ann' } })).statusCode, 403)
    const holder = await app.inject({ url, headers: { key: 'ann items:read' } })
    t.equal(holder.statusCode, 200)
    t.equal(holder.body, 'items')
  })
}

t.test('lists a route that was declared before the guard and has no rule', async (t) => {
  const app = Fastify()
  app.get('/early', async () => 'open?')
  await app.register(guard)
  await rejectsLike(t, async () => app.ready(), { code: 'LATCHKEY_ROUTE_ACCESS', message: /GET \/early has no rule/ })
})

t.test('does not guard routes outside the guarded context', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.get('/outside', async () => 'open')
  app.register(async (child) => {
    await child.register(guard)
    addKeys(child)
    addItems(child)
  })
  t.equal((await app.inject('/outside')).statusCode, 200)
  t.equal((await app.inject('/items')).statusCode, 401)
})
