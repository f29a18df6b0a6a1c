import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import t from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import guard, { allOf, anyOf, RegistrationError, recentLogin } from '@latchkey/guard'
import openapi, { accessTransform } from '@latchkey/openapi'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'
import { operation } from './fixtures/operation.ts'

const answer = async (): Promise<object> => ({})

t.test('accessTransform() adds the rules to a document that the application registers itself (SEC-152)', async (t) => {
  const app = Fastify()
  await app.register(swagger, {
    openapi: {},
    exposeHeadRoutes: true,
    transform: accessTransform(app, ({ schema, url }) => ({ schema: { ...schema, summary: 'Own' }, url }))
  })
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  app.get('/items', { config: { access: allOf('read') }, schema: { operationId: 'items' } }, answer)
  for (const method of ['get', 'head']) {
    const documented = await operation(app, '/items', method)
    t.equal(documented.summary, 'Own')
    t.same(documented.security, [{ keyAuth: [] }], 'OpenAPI 3.0, the default of @fastify/swagger, has no roles')
  }
})

t.test('accessTransform() throws for a Swagger 2.0 document', async (t) => {
  const app = Fastify()
  await app.register(swagger, { transform: accessTransform(app) })
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  app.get('/items', { config: { access: allOf('read') } }, answer)
  await app.ready()
  throwsLike(t, () => app.swagger(), {
    name: 'RegistrationError',
    message: '@fastify/swagger: openapi must be set: a Swagger 2.0 document cannot express the rules of the guard'
  })
})

t.test('a second registration fails with an error that names accessTransform() (SEC-153)', async (t) => {
  for (const first of [swagger, openapi]) {
    const app = Fastify()
    await app.register(first, { openapi: {} })
    const error = await app.register(openapi).then(
      () => undefined,
      (error: unknown) => error
    )
    t.ok(error instanceof RegistrationError)
    like(t, error, {
      code: 'LATCHKEY_REGISTRATION',
      message:
        '@latchkey/openapi: this server has a document already. Fix: instead of this plugin, give the @fastify/swagger that is registered transform: accessTransform(app)'
    })
  }
})

t.test('the description of the 401 names the maximum age of a login (SEC-152)', async (t) => {
  const app = Fastify()
  await app.register(openapi)
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  const access = anyOf(allOf('read', recentLogin({ maxAge: 60 })), allOf('write', recentLogin({ maxAge: 300 })))
  app.get('/recent', { config: { access } }, answer)
  app.get('/items', { config: { access: allOf('read') } }, answer)
  const descriptionOf = async (path: string): Promise<unknown> =>
    (await operation(app, path)).responses['401']?.description
  t.match(await descriptionOf('/recent'), /, or a login of more than 300 seconds ago .*\(RFC 9470\)$/)
  t.notMatch(await descriptionOf('/items'), /login/)
})
