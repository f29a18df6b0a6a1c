import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import { contains, like } from '@latchkey/exact'
import guard, { type AccessRule, allOf, anyOf, authenticated, everyone, recentLogin } from '@latchkey/guard'
import openapi from '@latchkey/openapi'
import { guardedApp } from './fixtures/guarded-app.ts'
import { keyAuthenticator, passwordFlow } from './fixtures/key-authenticator.ts'
import { documentOf, operation } from './fixtures/operation.ts'

const answer = async (): Promise<object> => ({})

const RULES: { name: string; rule: AccessRule; security: object[]; refusals: string[] }[] = [
  { name: 'everyone', rule: everyone, security: [], refusals: [] },
  {
    name: 'authenticated',
    rule: authenticated,
    security: [{ oauth2: [] }, { keyAuth: [] }],
    refusals: ['401']
  },
  {
    name: 'all of two scopes',
    rule: allOf('read', 'write'),
    security: [{ oauth2: ['read', 'write'] }, { keyAuth: ['read', 'write'] }],
    refusals: ['401', '403']
  },
  {
    name: 'any of two scopes',
    rule: anyOf('read', 'write'),
    security: [{ oauth2: ['read'] }, { keyAuth: ['read'] }, { oauth2: ['write'] }, { keyAuth: ['write'] }],
    refusals: ['401', '403']
  },
  {
    name: 'a scope or authenticated',
    rule: anyOf('read', authenticated),
    security: [{ oauth2: ['read'] }, { keyAuth: ['read'] }, { oauth2: [] }, { keyAuth: [] }],
    refusals: ['401']
  },
  {
    name: 'a scope or everyone',
    rule: anyOf('read', everyone, everyone),
    security: [{ oauth2: ['read'] }, { keyAuth: ['read'] }, {}],
    refusals: ['401']
  },
  {
    name: 'a recent login',
    rule: recentLogin({ maxAge: 300 }),
    security: [{ oauth2: [] }, { keyAuth: [] }],
    refusals: ['401']
  },
  {
    name: 'a scope and a recent login',
    rule: allOf('read', recentLogin({ maxAge: 300 })),
    security: [{ oauth2: ['read'] }, { keyAuth: ['read'] }],
    refusals: ['401', '403']
  }
]

for (const { name, rule, security, refusals } of RULES) {
  t.test(`documents ${name} as the guard enforces it (SEC-152)`, async (t) => {
    const app = await guardedApp()
    app.get('/items', { config: { access: rule } }, answer)
    const documented = await operation(app, '/items')
    t.same(documented.security, security)
    t.same(Object.keys(documented.responses), ['200', ...refusals])
    t.same(documented.responses[200], { description: 'Default Response' })
  })
}

t.test('the server answers each route as the document says (SEC-152)', async (t) => {
  const app = await guardedApp()
  for (const [at, { rule }] of RULES.entries()) app.get(`/${at}`, { config: { access: rule } }, answer)
  app.register(async (child) => {
    child.guard.require(allOf('read'))
    child.post('/child', { config: { access: anyOf('write', 'admin') } }, answer)
  })
  const { paths } = await documentOf(app)
  const routes = app.guard.routes().filter(({ method }) => method !== 'HEAD')
  t.equal(routes.length, RULES.length + 1)
  for (const { method, url } of routes) {
    const security = paths[url]?.[String(method).toLowerCase()]?.security ?? []
    const isOpen = security.length === 0 || security.some((requirement) => Object.keys(requirement).length === 0)
    const inject = (key?: string) =>
      app.inject({ method: method === 'POST' ? 'POST' : 'GET', url, headers: key === undefined ? {} : { key } })
    t.equal((await inject()).statusCode, isOpen ? 200 : 401, `${url} without credentials`)
    for (const requirement of security) {
      for (const scopes of Object.values(requirement)) {
        t.equal((await inject(scopes.join(' '))).statusCode, 200, `${url} with "${scopes.join(' ')}"`)
        if (scopes.length > 1) t.equal((await inject(scopes[0])).statusCode, 403, `${url} with "${scopes[0]}" alone`)
      }
    }
  }
})

t.test(
  'documents the schemes of the registered authenticators, and no scheme that none of them accepts (SEC-152)',
  async (t) => {
    const app = await guardedApp()
    app.guard.addSecurityScheme({ name: 'session', opens: 'session', definition: () => passwordFlow })
    app.get('/items', { config: { access: allOf('read') } }, answer)
    const { components, openapi } = await documentOf(app)
    t.equal(openapi, '3.1.0')
    t.same(components.securitySchemes, { oauth2: passwordFlow, keyAuth: { type: 'http', scheme: 'key' } })
  }
)

t.test('a 3.0 document has scopes for oauth2 and openIdConnect only', async (t) => {
  const app = await guardedApp({ openapi: { openapi: '3.0.3', info: { title: 'Items', version: '1' } } })
  app.guard.addAuthenticator({
    ...keyAuthenticator({ oidc: { type: 'openIdConnect', openIdConnectUrl: 'https://id.example' } }),
    scheme: 'oidc'
  })
  app.get('/items', { config: { access: anyOf('read', 'write') } }, answer)
  t.same((await operation(app, '/items')).security, [
    { oauth2: ['read'] },
    { keyAuth: [] },
    { oidc: ['read'] },
    { oauth2: ['write'] },
    { oidc: ['write'] }
  ])
})

const ORDERS: Record<string, (app: FastifyInstance) => Promise<void>> = {
  'openapi, guard, authenticator, routes': async (app) => {
    await app.register(openapi)
    await app.register(guard)
    app.guard.addAuthenticator(keyAuthenticator())
    app.get('/items', { config: { access: allOf('read') } }, answer)
  },
  'guard, authenticator, openapi, routes': async (app) => {
    await app.register(guard)
    app.guard.addAuthenticator(keyAuthenticator())
    await app.register(openapi)
    app.get('/items', { config: { access: allOf('read') } }, answer)
  },
  'openapi, routes, guard, authenticator': async (app) => {
    await app.register(openapi)
    app.get('/items', { config: { access: allOf('read') } }, answer)
    await app.register(guard)
    app.guard.addAuthenticator(keyAuthenticator())
  },
  'openapi, then routes and guard in a child, nothing awaited': async (app) => {
    app.register(openapi)
    app.register(async (child) => {
      child.get('/items', { config: { access: allOf('read') } }, answer)
      await child.register(guard)
      child.guard.addAuthenticator(keyAuthenticator())
    })
  }
}

for (const [name, build] of Object.entries(ORDERS)) {
  t.test(`documents the rules when the order of registration is ${name} (SEC-152)`, async (t) => {
    const app = Fastify()
    await build(app)
    const documented = await operation(app, '/items')
    t.same(documented.security, [{ keyAuth: ['read'] }])
    t.same(Object.keys(documented.responses), ['200', '401', '403'])
  })
}

t.test('documents each route with the guard of its own context', async (t) => {
  const app = Fastify()
  await app.register(openapi)
  for (const name of ['a', 'b']) {
    app.register(async (child) => {
      await child.register(guard)
      child.guard.addAuthenticator(keyAuthenticator({ [name]: { type: 'http', scheme: name } }))
      child.get(`/${name}`, { config: { access: allOf('read') } }, answer)
    })
  }
  app.get('/open', answer)
  const { paths, components } = await documentOf(app)
  t.same(paths['/a']?.get?.security, [{ a: ['read'] }])
  t.same(paths['/b']?.get?.security, [{ b: ['read'] }])
  t.same(paths['/open']?.get, { responses: { 200: { description: 'Default Response' } } })
  t.same(Object.keys(components.securitySchemes ?? {}), ['a', 'b'])
})

t.test('does not change the document of a server without a guard', async (t) => {
  const app = Fastify()
  await app.register(openapi, { openapi: { info: { title: 'Items', version: '1' } } })
  app.get('/items', { schema: { summary: 'All items' } }, answer)
  t.same(await documentOf(app), {
    openapi: '3.1.0',
    info: { title: 'Items', version: '1' },
    components: { schemas: {} },
    paths: { '/items': { get: { summary: 'All items', responses: { 200: { description: 'Default Response' } } } } }
  })
})

t.test('does not change a route without a rule', async (t) => {
  const app = await guardedApp({}, 'allow')
  app.get('/items', { schema: { security: [{ keyAuth: [] }] } }, answer)
  const documented = await operation(app, '/items')
  t.same(documented.security, [{ keyAuth: [] }])
  t.same(Object.keys(documented.responses), ['200'])
})

t.test('a guarded route without an authenticator is not documented as public', async (t) => {
  const app = Fastify()
  await app.register(openapi)
  await app.register(guard)
  app.get('/items', { config: { access: authenticated } }, answer)
  const documented = await operation(app, '/items')
  t.equal(documented.security, undefined)
  t.same(Object.keys(documented.responses), ['200', '401'])
})

t.test('documents a refusal as JSON with its challenge, also for a route of another media type', async (t) => {
  const app = await guardedApp()
  app.get('/items', { config: { access: allOf('read') }, schema: { produces: ['text/csv'] } }, answer)
  const { responses } = await operation(app, '/items')
  for (const status of ['401', '403']) {
    like(t, responses[status], {
      headers: { 'WWW-Authenticate': { schema: { type: 'string' } } },
      content: { 'application/json': { schema: { type: 'object', properties: { code: { type: 'string' } } } } }
    })
    t.same(Object.keys(responses[status]?.content ?? {}), ['application/json'])
  }
})

t.test('keeps the responses that a route documents itself, and adds the others', async (t) => {
  const app = await guardedApp()
  const response = { 204: { description: 'Done', type: 'null' }, 401: { description: 'Go away', type: 'null' } }
  app.get('/items', { config: { access: allOf('read') }, schema: { response } }, answer)
  const { responses } = await operation(app, '/items')
  t.same(Object.keys(responses), ['204', '401', '403'])
  t.same(responses[401], { description: 'Go away' })
})

t.test('does not change a schema object that two routes share', async (t) => {
  const app = await guardedApp()
  const schema = { summary: 'Shared', response: { 200: { type: 'object' } } }
  const before = JSON.stringify(schema)
  app.get('/open', { config: { access: everyone }, schema }, answer)
  app.get('/items', { config: { access: allOf('read') }, schema }, answer)
  t.same((await operation(app, '/open')).security, [])
  t.same((await operation(app, '/items')).security, [{ oauth2: ['read'] }, { keyAuth: ['read'] }])
  t.equal(JSON.stringify(schema), before)
  t.same((await app.inject({ url: '/items', headers: { key: 'read' } })).json(), {})
})

t.test('replaces the security of a route and of the document with what the guard enforces (SEC-152)', async (t) => {
  const app = await guardedApp({
    openapi: { components: { securitySchemes: { keyAuth: passwordFlow, own: { type: 'http', scheme: 'own' } } } }
  })
  app.get('/items', { config: { access: allOf('read') }, schema: { security: [{ own: [] }] } }, answer)
  t.same((await operation(app, '/items')).security, [{ oauth2: ['read'] }, { keyAuth: ['read'] }])
  t.same((await documentOf(app)).components.securitySchemes, {
    keyAuth: { type: 'http', scheme: 'key' },
    own: { type: 'http', scheme: 'own' },
    oauth2: passwordFlow
  })
})

t.test('leaves out a route with schema.hide', async (t) => {
  const app = await guardedApp()
  app.get('/hidden', { config: { access: allOf('read') }, schema: { hide: true } }, answer)
  app.get('/items', { config: { access: everyone } }, answer)
  t.same(Object.keys((await documentOf(app)).paths), ['/items'])
})

t.test('an exposed HEAD route has the rule of its GET route', async (t) => {
  const app = await guardedApp()
  const config = { access: allOf('read'), swagger: { exposeHeadRoute: true } }
  app.get('/items', { config, schema: { operationId: 'items' } }, answer)
  t.same((await operation(app, '/items', 'head')).security, [{ oauth2: ['read'] }, { keyAuth: ['read'] }])
})

t.test('serves neither page nor document without the option "ui"', async (t) => {
  const app = await guardedApp()
  for (const url of ['/docs', '/documentation', '/documentation/json', '/json']) {
    t.equal((await app.inject(url)).statusCode, 404, url)
  }
})

t.test('keeps the flows of a scheme in their order, with the authorization code first (SEC-152)', async (t) => {
  const app = Fastify()
  await app.register(openapi, { ui: '/docs' })
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  const urls = { authorizationUrl: 'https://api.example/authorize', tokenUrl: '/token' }
  const flows = {
    authorizationCode: { ...urls, scopes: { read: 'Read' } },
    password: { tokenUrl: '/token', scopes: {} }
  }
  app.guard.addSecurityScheme({ name: 'oauth2', opens: 'key', definition: () => ({ type: 'oauth2', flows }) })
  app.get('/items', { config: { access: allOf('read') } }, answer)
  const { components } = (await app.inject('/docs/json')).json()
  t.equal(JSON.stringify(components.securitySchemes.oauth2), JSON.stringify({ type: 'oauth2', flows }))
  const { body } = await app.inject('/docs/static/swagger-initializer.js')
  contains(t, body, 'ui.initOAuth({"usePkceWithAuthorizationCodeGrant":true})', 'PKCE without the option initOAuth')
})
