import Fastify from 'fastify'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import openapi, { type OpenapiOptions } from '@latchkey/openapi'

const WRONG: { name: string; options: object; message: string }[] = [
  {
    name: 'an unknown option',
    options: { routePrefix: '/docs' },
    message:
      '@latchkey/openapi: routePrefix does not exist. Fix: use one of openapi, transform, transformObject, ui, uiInProduction, access, uiConfig, initOAuth'
  },
  {
    name: 'an openapi that is not a document',
    options: { openapi: true },
    message: '@latchkey/openapi: openapi must be an OpenAPI document; got a boolean'
  },
  {
    name: 'a promise of a document',
    options: { openapi: Promise.resolve({}) },
    message: '@latchkey/openapi: openapi must be an OpenAPI document; got a promise'
  },
  {
    name: 'a transform that is not a function',
    options: { transform: {} },
    message: '@latchkey/openapi: transform must be a function; got an object'
  },
  {
    name: 'a relative path',
    options: { ui: 'docs' },
    message:
      '@latchkey/openapi: ui must be a path that begins with a slash and does not end with one, such as /docs; got a string'
  },
  {
    name: 'a path that ends in a slash',
    options: { ui: '/docs/' },
    message:
      '@latchkey/openapi: ui must be a path that begins with a slash and does not end with one, such as /docs; got a string'
  },
  {
    name: 'a path with a parameter',
    options: { ui: '/:docs' },
    message:
      '@latchkey/openapi: ui must be a path that begins with a slash and does not end with one, such as /docs; got a string'
  },
  {
    name: 'a ui that is true',
    options: { ui: true },
    message:
      '@latchkey/openapi: ui must be a path that begins with a slash and does not end with one, such as /docs; got a boolean'
  },
  {
    name: 'an uiInProduction that is not a boolean',
    options: { uiInProduction: 'no' },
    message: '@latchkey/openapi: uiInProduction must be true or false; got a string'
  },
  {
    name: 'a list for a rule',
    options: { access: ['read'] },
    message: '@latchkey/openapi: access must be a rule of @latchkey/guard, such as authenticated; got a list'
  },
  {
    name: 'a client secret',
    options: { initOAuth: { clientId: 'a', clientSecret: 'b' } },
    message:
      '@latchkey/openapi: initOAuth must be an object that has only additionalQueryStringParams, appName, clientId, scopes, and no client secret: the page is public; got an object'
  },
  {
    name: 'an access that is a list',
    options: { access: ['read'] },
    message: '@latchkey/openapi: access must be a rule of @latchkey/guard, such as authenticated; got a list'
  },
  {
    name: 'a client secret',
    options: { initOAuth: { clientId: 'a', clientSecret: 'b' } },
    message:
      '@latchkey/openapi: initOAuth must be an object that has only additionalQueryStringParams, appName, clientId, scopes, and no client secret: the page is public; got an object'
  },
  {
    name: 'an initOAuth that is not an object',
    options: { initOAuth: 'docs' },
    message:
      '@latchkey/openapi: initOAuth must be an object that has only additionalQueryStringParams, appName, clientId, scopes, and no client secret: the page is public; got a string'
  },
  {
    name: 'a secret in the query',
    options: { initOAuth: { additionalQueryStringParams: { client_secret: 'b' } } },
    message:
      '@latchkey/openapi: initOAuth must be an object that has only additionalQueryStringParams, appName, clientId, scopes, and no client secret: the page is public; got an object'
  },
  {
    name: 'a uiConfig with another document',
    options: { uiConfig: { url: 'https://evil.example' } },
    message:
      '@latchkey/openapi: uiConfig must be an object that has only deepLinking, defaultModelExpandDepth, defaultModelRendering, defaultModelsExpandDepth, displayOperationId, displayRequestDuration, docExpansion, filter, operationsSorter, showCommonExtensions, showExtensions, supportedSubmitMethods, tagsSorter, tryItOutEnabled; got an object'
  },
  {
    name: 'a uiConfig that reads settings from the address',
    options: { uiConfig: { queryConfigEnabled: true } },
    message:
      '@latchkey/openapi: uiConfig must be an object that has only deepLinking, defaultModelExpandDepth, defaultModelRendering, defaultModelsExpandDepth, displayOperationId, displayRequestDuration, docExpansion, filter, operationsSorter, showCommonExtensions, showExtensions, supportedSubmitMethods, tagsSorter, tryItOutEnabled; got an object'
  },
  {
    name: 'a uiConfig that keeps credentials',
    options: { uiConfig: { persistAuthorization: true } },
    message:
      '@latchkey/openapi: uiConfig must be an object that has only deepLinking, defaultModelExpandDepth, defaultModelRendering, defaultModelsExpandDepth, displayOperationId, displayRequestDuration, docExpansion, filter, operationsSorter, showCommonExtensions, showExtensions, supportedSubmitMethods, tagsSorter, tryItOutEnabled; got an object'
  },
  {
    name: 'a uiConfig that is null',
    options: { uiConfig: null },
    message:
      '@latchkey/openapi: uiConfig must be an object that has only deepLinking, defaultModelExpandDepth, defaultModelRendering, defaultModelsExpandDepth, displayOperationId, displayRequestDuration, docExpansion, filter, operationsSorter, showCommonExtensions, showExtensions, supportedSubmitMethods, tagsSorter, tryItOutEnabled; got null'
  }
]

for (const { name, options, message } of WRONG) {
  t.test(`registration rejects ${name} (SEC-153)`, async (t) => {
    // Cast: these options are wrong for the types too.
    const start = async (): Promise<unknown> => Fastify().register(openapi, options as OpenapiOptions)
    await rejectsLike(t, start, {
      code: 'LATCHKEY_REGISTRATION',
      message
    })
  })
}

t.test('does not change the given options (SEC-153)', async (t) => {
  const options: OpenapiOptions = {
    openapi: { info: { title: 'Items', version: '1' }, components: {} },
    ui: '/docs',
    uiConfig: { docExpansion: 'none' },
    initOAuth: { clientId: 'docs' }
  }
  const before = JSON.stringify(options)
  for (const value of Object.values(options)) Object.freeze(value)
  const app = Fastify()
  await app.register(openapi, Object.freeze(options))
  t.equal((await app.inject('/docs/json')).statusCode, 200)
  t.equal(JSON.stringify(options), before)
})
