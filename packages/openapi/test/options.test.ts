import Fastify from 'fastify'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import openapi, { type OpenapiOptions } from '@latchkey/openapi'

const WRONG: { name: string; options: object; message: RegExp }[] = [
  { name: 'an unknown option', options: { routePrefix: '/docs' }, message: /option "routePrefix" does not exist/ },
  {
    name: 'an openapi that is not a document',
    options: { openapi: true },
    message: /option "openapi" must be an OpenAPI document/
  },
  {
    name: 'a transform that is not a function',
    options: { transform: {} },
    message: /option "transform" must be a function/
  },
  { name: 'a relative path', options: { ui: 'docs' }, message: /option "ui" must be a path/ },
  { name: 'a path that ends in a slash', options: { ui: '/docs/' }, message: /option "ui" must be a path/ },
  { name: 'a path with a parameter', options: { ui: '/:docs' }, message: /option "ui" must be a path/ },
  { name: 'a ui that is true', options: { ui: true }, message: /option "ui" must be a path/ },
  {
    name: 'an uiInProduction that is not a boolean',
    options: { uiInProduction: 'no' },
    message: /option "uiInProduction" must be true or false/
  },
  { name: 'an access that is a list', options: { access: ['read'] }, message: /option "access" must be a rule/ },
  { name: 'a client secret', options: { initOAuth: { clientId: 'a', clientSecret: 'b' } }, message: /client secret/ },
  {
    name: 'an initOAuth that is not an object',
    options: { initOAuth: 'docs' },
    message: /option "initOAuth" must be an object/
  },
  {
    name: 'a secret in the query',
    options: { initOAuth: { additionalQueryStringParams: { client_secret: 'b' } } },
    message: /client secret/
  },
  {
    name: 'a uiConfig with another document',
    options: { uiConfig: { url: 'https://evil.example' } },
    message: /option "uiConfig" must be/
  },
  {
    name: 'a uiConfig that reads settings from the address',
    options: { uiConfig: { queryConfigEnabled: true } },
    message: /"uiConfig" must be/
  },
  {
    name: 'a uiConfig that keeps credentials',
    options: { uiConfig: { persistAuthorization: true } },
    message: /"uiConfig" must be/
  },
  { name: 'a uiConfig that is null', options: { uiConfig: null }, message: /option "uiConfig" must be an object/ }
]

for (const { name, options, message } of WRONG) {
  t.test(`registration rejects ${name} (SEC-153)`, async (t) => {
    // Cast: these options are wrong for the types too.
    const start = async (): Promise<unknown> => Fastify().register(openapi, options as OpenapiOptions)
    await rejectsLike(t, start, {
      code: 'LATCHKEY_INVALID_OPTION',
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
