import { rejectsLike } from '@latchkey/exact'
import { type AccessRule, allOf, anyOf, authenticated, everyone, noAuthentication } from '@latchkey/guard'
import openapi, { type OpenapiOptions } from '@latchkey/openapi'
import guard from '@latchkey/guard'
import bearer from '@latchkey/bearer'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import { randomBytes } from 'node:crypto'
import testing, { assertDocumented, testIssuer } from '@latchkey/testing'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { AUDIENCE } from './fixtures/server.ts'

async function documented(
  t: Test,
  options: OpenapiOptions,
  routes: (app: FastifyInstance) => Promise<void>
): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(openapi, options)
  await app.register(guard, { scopes: { a: 'A', b: 'B' }, undeclared: 'allow' })
  await app.register(bearer, { issuers: [testIssuer({ audience: AUDIENCE })] })
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store: memoryStore() })
  await app.register(testing)
  await routes(app)
  return app
}

const handler = async () => 'x'

async function manyRoutes(app: FastifyInstance): Promise<void> {
  app.get('/a', { config: { access: allOf('b', 'a') } }, handler)
  app.post('/a', { config: { access: anyOf('a', allOf('b', authenticated)) } }, handler)
  app.get('/items/:id', { config: { access: authenticated } }, handler)
  app.get('/files/:name(^\\w+$)/v::1', { config: { access: authenticated } }, handler)
  app.get('/static/*', { config: { access: everyone } }, handler)
  app.get('/', { config: { access: authenticated } }, handler)
  app.get('/health', { config: { access: noAuthentication } }, handler)
  app.get('/maybe', { config: { access: anyOf('a', everyone) } }, handler)
  app.get('/open', handler)
  app.get('/hidden', { config: { access: allOf('a') }, schema: { hide: true } }, handler)
  app.get('/tagged', { config: { access: allOf('a') }, schema: { tags: ['X-HIDDEN'] } }, handler)
  app.route({ method: ['PUT', 'PATCH'], url: '/many', config: { access: allOf('a') }, handler })
  await app.register(async (area) => void area.get('/', { config: { access: allOf('a') } }, handler), {
    prefix: '/area'
  })
}

for (const options of [
  {},
  { openapi: { openapi: '3.0.3' } },
  {
    openapi: {
      servers: [
        { url: 'https://api.example.com/a/' },
        { url: 'https://x/{base}', variables: { base: { default: 'items' } } }
      ]
    }
  },
  { ui: '/docs' }
]) {
  t.test(`the document of @latchkey/openapi agrees with the guard, with ${JSON.stringify(options)}`, async (t) => {
    const app = await documented(t, options, manyRoutes)
    await assertDocumented(app)
    t.pass('agrees')
  })
}

for (const { name, options, routes, differences } of [
  {
    name: 'a route that a transform makes public',
    options: { transformObject: changed((paths) => ({ '/a': { get: { ...paths['/a']?.['get'], security: [] } } })) },
    routes: async (app: FastifyInstance) => void app.get('/a', { config: { access: allOf('a') } }, handler),
    differences: ['GET /a: the guard requires bearerAuth with a or session with a, and the document says public']
  },
  {
    name: 'fewer scopes, an anonymous way and a scheme of its own',
    options: {
      transformObject: changed(() => ({
        '/a': { get: { security: [{ bearerAuth: ['a'], other: [] }, {}] }, summary: 'x' }
      }))
    },
    routes: async (app: FastifyInstance) => void app.get('/a', { config: { access: allOf('a', 'b') } }, handler),
    differences: [
      'GET /a: the guard requires bearerAuth with a b or session with a b, and the document says bearerAuth with a and other or nothing'
    ]
  },
  {
    name: 'a route that is open, and documented as closed',
    options: { transformObject: changed(() => ({ '/a': { get: { security: [{ session: [] }] } } })) },
    routes: async (app: FastifyInstance) => void app.get('/a', handler),
    differences: ['GET /a: the guard requires public, and the document says session']
  },
  {
    name: 'a route that a transform renames',
    options: { transform: ({ schema, url }: { schema: object; url: string }) => ({ schema, url: `${url}bc` }) },
    routes: async (app: FastifyInstance) => void app.get('/a', { config: { access: allOf('a') } }, handler),
    differences: [
      'GET /a is not in the document',
      'GET /abc: the document says bearerAuth with a or session with a, and the guard has no such route'
    ]
  },
  {
    name: 'a document without paths and schemes',
    options: { transformObject: () => ({ openapi: '3.1.0' }) },
    routes: async (app: FastifyInstance) => void app.get('/a', { config: { access: allOf('a') } }, handler),
    differences: [
      'GET /a is not in the document',
      'the scheme bearerAuth of the guard is not in the document',
      'the scheme session of the guard is not in the document'
    ]
  }
]) {
  t.test(`${name} differs from the guard`, async (t) => {
    // Cast: these transforms return as much of a document as the test needs.
    const app = await documented(t, options as never, routes)
    await rejectsLike(t, assertDocumented(app), {
      name: 'AssertionError',
      message: `The document and the guard differ:\n- ${differences.join('\n- ')}`,
      actual: differences
    })
    if (differences.length <= 2) await assertDocumented(app, { except: ['GET /a', 'GET /abc'] })
  })
}

t.test('one operation documents all routes that differ in a constraint only', async (t) => {
  const routes = (...rules: AccessRule[]) =>
    documented(t, {}, async (app) => {
      for (const [at, access] of rules.entries()) {
        app.get('/a', { config: { access }, constraints: { version: `${at}.0.0` } }, handler)
      }
    })
  await assertDocumented(await routes(allOf('a'), allOf('a')))
  await rejectsLike(t, assertDocumented(await routes(allOf('b'), allOf('a'))), {
    message:
      'The document and the guard differ:\n- GET /a: the guard requires bearerAuth with b or session with b, and the document says bearerAuth with a or session with a'
  })
})

t.test('servers without a path, and those that are no URL, do not change paths', async (t) => {
  const servers = [{ url: 'https://x' }, { url: 'http://[' }, { url: '/{none}' }]
  // Cast: the transform returns the document with other servers.
  const transformObject = (({ openapiObject }: { openapiObject: object }) => ({ ...openapiObject, servers })) as never
  await assertDocumented(await documented(t, { transformObject }, manyRoutes))
  t.pass('agrees')
})

t.test('a guard without authenticators differs from a document that says public', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(openapi)
  await app.register(guard)
  app.get('/a', { config: { access: authenticated } }, handler)
  await rejectsLike(t, assertDocumented(app), {
    message: /- GET \/a: the guard requires credentials, and has no scheme for them, and the document says public$/
  })
})

t.test('a security of the whole document applies to routes without their own', async (t) => {
  const app = await documented(
    t,
    { openapi: { security: [{ session: [] }] } },
    async (app) => void app.get('/open', handler)
  )
  await rejectsLike(t, assertDocumented(app), {
    message: 'The document and the guard differ:\n- GET /open: the guard requires public, and the document says session'
  })
})

t.test('assertDocumented() needs a document', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  await rejectsLike(t, assertDocumented(app), {
    name: 'RegistrationError',
    message: 'assertDocumented(): the server has no document. Fix: register @latchkey/openapi before the routes'
  })
  await rejectsLike(t, assertDocumented(app, { except: 'x' } as never), {
    message: /^assertDocumented\(\): except must be a list of routes/
  })
})

/** A transform of the whole document that replaces its paths. */
function changed(
  paths: (paths: Record<string, Record<string, object>>) => object
): (input: { openapiObject: object }) => object {
  return ({ openapiObject }) => ({
    ...openapiObject,
    paths: paths((openapiObject as { paths: Record<string, Record<string, object>> }).paths)
  })
}
