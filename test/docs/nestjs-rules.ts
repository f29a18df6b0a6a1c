// Started by nestjs.test.ts.
import 'reflect-metadata'
import { randomBytes } from 'node:crypto'
import { like, rejectsLike } from '@latchkey/exact'
import { allOf, authenticated, everyone, InsufficientScopeError, noAuthentication } from '@latchkey/guard'
import openapi from '@latchkey/openapi'
import passwordLogin from '@latchkey/password-login'
import { argon2Passwords, hashPassword } from '@latchkey/passwords'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import { as, browser } from '@latchkey/testing'
import {
  All,
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Get,
  Post,
  UseGuards,
  VersioningType
} from '@nestjs/common'
import { FastifyAdapter, type NestFastifyApplication, RouteConfig } from '@nestjs/platform-fastify'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import otherFastify from 'fastify-5.12.1'
import t from 'tap'
import { get, type Server, start } from './nestjs-server.ts'

t.setTimeout(300_000)

t.test('a route of a Nest controller without a rule keeps the server from starting', async (t) => {
  const started = start(t, { routes: [get('open', null), get('health', noAuthentication)] })
  await rejectsLike(t, started, { code: 'LATCHKEY_ROUTE_ACCESS', message: /GET \/open\b/ })
})

t.test('a route that Nest or a plugin of Nest adds gets its rule from the option routes', async (t) => {
  const addRoute = (nest: NestFastifyApplication): void => {
    nest.getHttpAdapter().get('/api-json', (_request: unknown, reply: { send(text: string): void }) => reply.send('{}'))
  }
  await rejectsLike(t, start(t, { routes: [], before: addRoute }), {
    code: 'LATCHKEY_ROUTE_ACCESS',
    message: /GET \/api-json\b/
  })
  const app = await start(t, { routes: [], before: addRoute, options: { routes: { '/api-json': noAuthentication } } })
  t.equal((await app.inject('/api-json')).body, '{}')
})

t.test('with undeclared allow, a route of a Nest controller without a rule is open', async (t) => {
  const app = await start(t, { routes: [get('open', null)], options: { undeclared: 'allow' } })
  t.equal((await app.inject('/open')).body, 'ok')
})

t.test('app.guard.require() covers every route of Nest', async (t) => {
  const app = await start(t, {
    routes: [get('one', null), { decorators: [All('every')], handler: () => 'ok' }],
    plugins: async (app) => app.guard.require(authenticated)
  })
  for (const url of ['/one', '/every']) {
    t.equal((await app.inject(url)).statusCode, 401)
    t.equal((await as(app, { subject: 'ada' }).get(url)).statusCode, 200)
  }
  t.equal((await app.inject({ method: 'DELETE', url: '/every' })).statusCode, 401)
})

const insufficient = (scope: string): string =>
  `Bearer error="insufficient_scope", error_description="The credentials do not have the required scope", scope="${scope}"`

t.test('refusals of the guard have their headers, and the body of the exception filter of Nest', async (t) => {
  const app = await start(t, { routes: [get('items', allOf('items:read'))] })
  const anonymous = await app.inject('/items')
  t.same([anonymous.statusCode, anonymous.headers['www-authenticate']], [401, 'Bearer scope="items:read"'])
  const forged = await app.inject({ url: '/items', headers: { authorization: 'Bearer forged' } })
  t.equal(
    forged.headers['www-authenticate'],
    'Bearer error="invalid_token", error_description="The access token is malformed"'
  )
  const reader = await as(app, { subject: 'ada', scopes: ['items:write'] }).get('/items')
  t.equal(reader.headers['www-authenticate'], insufficient('items:read'))
  t.same(Object.keys(reader.json()).sort(), ['message', 'statusCode'])
  t.equal((await app.inject({ method: 'HEAD', url: '/items' })).statusCode, 401)
  const missing = await app.inject('/missing')
  t.equal(missing.statusCode, 404)
})

t.test('an error of the guard that a controller throws is a 500 for Nest, and a refusal with a filter', async (t) => {
  const routes = [
    get('items', authenticated, () => {
      throw new InsufficientScopeError(['items:write'])
    })
  ]
  const without = await as(await start(t, { routes }), { subject: 'ada' }).get('/items')
  t.same([without.statusCode, without.headers['www-authenticate']], [500, undefined])

  class Refusals implements ExceptionFilter {
    catch(error: Error, host: ArgumentsHost): unknown {
      return host.switchToHttp().getResponse<FastifyReply>().send(error)
    }
  }
  Catch(InsufficientScopeError)(Refusals)
  const app = await start(t, { routes, before: (nest) => nest.useGlobalFilters(new Refusals()) })
  const refused = await as(app, { subject: 'ada' }).get('/items')
  t.equal(refused.statusCode, 403)
  t.equal(refused.headers['www-authenticate'], insufficient('items:write'))
})

t.test('the caller is known to guards of Nest and to the method', async (t) => {
  const seen: string[] = []
  class OnlyAda {
    canActivate(context: { switchToHttp(): { getRequest(): FastifyRequest } }): boolean {
      const { subject } = context.switchToHttp().getRequest().principal
      seen.push(subject)
      return subject === 'ada'
    }
  }
  const route = get('me', authenticated, ({ principal }) => principal.subject)
  const app = await start(t, { routes: [{ ...route, decorators: [...route.decorators, UseGuards(OnlyAda)] }] })
  t.equal((await as(app, { subject: 'ada' }).get('/me')).body, 'ada')
  t.equal((await as(app, { subject: 'grace' }).get('/me')).statusCode, 403)
  t.equal((await app.inject('/me')).statusCode, 401)
  t.same(seen, ['ada', 'grace'])
})

t.test('a route keeps its rule below a global prefix and with a version in its path', async (t) => {
  const app = await start(t, {
    routes: [get('items', allOf('items:read'))],
    before: (nest) => {
      nest.setGlobalPrefix('api')
      nest.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' })
    }
  })
  t.equal((await app.inject('/api/v1/items')).statusCode, 401)
  t.equal((await as(app, { subject: 'ada', scopes: ['items:read'] }).get('/api/v1/items')).statusCode, 200)
  t.equal((await app.inject('/items')).statusCode, 404)
})

t.test('the later of two @RouteConfig() counts', async (t) => {
  const app = await start(t, {
    routes: [
      {
        // In a class, the lowest decorator is applied first.
        decorators: [Get('items'), RouteConfig({ access: allOf('items:read') }), RouteConfig({ access: everyone })],
        handler: () => 'ok'
      }
    ]
  })
  t.equal((await app.inject('/items')).statusCode, 200)
})

t.test('middleware of Nest that answers for a path without a route is refused', async (t) => {
  const middleware: Server['middleware'] = (_request, response) => response.end('the admin panel')
  const refused = await start(t, { routes: [], middleware })
  like(t, await refused.inject('/admin'), { statusCode: 500 })

  const routes = [get('admin', allOf('items:write'))]
  const guarded = await start(t, { routes, middleware })
  t.equal((await guarded.inject('/admin')).statusCode, 401)
  const admin = as(guarded, { subject: 'ada', scopes: ['items:write'] })
  t.equal((await admin.get('/admin')).body, 'the admin panel')

  // NestFactory.create() adds the hook of the middleware: a later guard does not see the request.
  const late = await start(t, { routes, middleware, isLate: true })
  t.equal((await late.inject('/admin')).body, 'the admin panel')
})

t.test('plugins after NestFactory.create() guard the routes of controllers', async (t) => {
  const app = await start(t, { routes: [get('items', allOf('items:read'))], isLate: true })
  t.equal((await app.inject('/items')).statusCode, 401)
  t.equal((await as(app, { subject: 'ada', scopes: ['items:read'] }).get('/items')).statusCode, 200)
})

// The types of that copy do not have what the plugins declare.
const anotherFastify = (): FastifyInstance => otherFastify() as unknown as FastifyInstance

t.test('the guard works on another copy of Fastify than its own', async (t) => {
  const other = anotherFastify()
  t.not(other.version, Fastify().version)
  const adapter = new FastifyAdapter(other)
  const app = await start(t, { routes: [get('items', allOf('items:read')), get('health', noAuthentication)], adapter })
  t.equal(app.version, other.version)
  t.equal((await app.inject('/items')).headers['www-authenticate'], 'Bearer scope="items:read"')
  t.equal((await as(app, { subject: 'ada', scopes: ['items:read'] }).get('/items')).statusCode, 200)
  t.equal((await app.inject('/health')).body, 'ok')
  const open = start(t, { routes: [get('open', null)], adapter: new FastifyAdapter(anotherFastify()) })
  await rejectsLike(t, open, { code: 'LATCHKEY_ROUTE_ACCESS', message: /GET \/open\b/ })
})

t.test('a login with a form works beside the body parsers of Nest', async (t) => {
  const store = memoryStore()
  const origin = 'https://app.example.com'
  const users = new Map([['ada', { subject: 'ada', passwordHash: await hashPassword('a lantern for ada') }]])
  const app = await start(t, {
    routes: [
      get('me', authenticated, ({ principal }) => principal.subject),
      { decorators: [Post('form'), RouteConfig({ access: authenticated })], handler: ({ body }) => body }
    ],
    plugins: async (app) => {
      const secrets = [randomBytes(32).toString('base64url')]
      await app.register(session, { secrets, store, origin, loginPath: '/login' })
      await app.register(passwordLogin, {
        store,
        verifyPassword: argon2Passwords({ findUser: async (name) => users.get(name) })
      })
    }
  })
  const visitor = browser(app)
  const page = await visitor.open('/me')
  t.equal(page.url, 'https://app.example.com/login?returnTo=%2Fme')
  const me = await visitor.submit('/login/password?returnTo=%2Fme', {
    username: 'ada',
    password: 'a lantern for ada',
    returnTo: '/me'
  })
  t.same([me.url, me.body], [`${origin}/me`, 'ada'])
  t.same((await visitor.fetch('/form', { method: 'POST', payload: { a: 1 } })).json(), { a: 1 })
})

t.test('the OpenAPI document has the rules of the routes of Nest', async (t) => {
  const app = await start(t, {
    routes: [get('items', allOf('items:read')), get('health', noAuthentication)],
    plugins: async (app) => app.register(openapi, {})
  })
  const { paths = {} } = app.swagger()
  t.same(paths['/items']?.get?.security, [{ bearerAuth: ['items:read'] }])
  t.same(paths['/health']?.get?.security, [])
})
