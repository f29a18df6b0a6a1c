import guard, { allOf } from '@latchkey/guard'
import { protocolRoute } from '@latchkey/guard/plugin'
import openapi from '@latchkey/openapi'
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { guardedApp } from './fixtures/guarded-app.ts'
import { documentOf, operation } from './fixtures/operation.ts'

const answer = async (): Promise<object> => ({})

t.test("runs the application's transform before the rules, and its transformObject after them", async (t) => {
  const app = await guardedApp({
    transform: ({ schema, url }) => ({ schema: { ...schema, summary: 'Transformed', security: [] }, url: `/v1${url}` }),
    transformObject: (documented) => ({ ...('openapiObject' in documented && documented.openapiObject), servers: [] })
  })
  app.get('/items', { config: { access: allOf('read') } }, answer)
  const documented = await operation(app, '/v1/items')
  t.equal(documented.summary, 'Transformed')
  t.same(documented.security, [{ oauth2: ['read'] }, { keyAuth: ['read'] }])
  t.same((await documentOf(app)).servers, [])
})

t.test('documents the rule of a route with a swaggerTransform of its own (SEC-152)', async (t) => {
  const app = await guardedApp({ transform: ({ url }) => ({ schema: { summary: 'Of all' }, url }) })
  const own = {
    access: allOf('read'),
    swaggerTransform: ({ url }: { url: string }) => ({ schema: { summary: 'Own' }, url })
  }
  const none = { access: allOf('write'), swaggerTransform: false } as const
  app.get('/own', { config: own }, answer)
  app.get('/none', { config: none, schema: { summary: 'None' } }, answer)
  const { paths } = await documentOf(app)
  like(t, paths['/own']?.get, { summary: 'Own', security: [{ oauth2: ['read'] }, { keyAuth: ['read'] }] })
  like(t, paths['/none']?.get, { summary: 'None', security: [{ oauth2: ['write'] }, { keyAuth: ['write'] }] })
  t.equal(none.swaggerTransform, false)
})

t.test(
  'a protocol route has its own documentation and its rule, and the transform does not see it (K2.3)',
  async (t) => {
    const asked: string[] = []
    const app = await guardedApp({
      transform: ({ schema, url }) => {
        asked.push(url)
        return { schema, url }
      }
    })
    const config = { access: allOf('read') }
    const documentation = { summary: 'Of the protocol', response: { 200: { type: 'null', description: 'None' } } }
    protocolRoute(app, { method: 'POST', url: '/own', config, documentation, handler: answer })
    protocolRoute(app, { method: 'POST', url: '/hidden', config, handler: answer })
    app.post('/other', { config, schema: { summary: 'Other' } }, answer)
    const { paths } = await documentOf(app)
    like(t, paths['/own']?.post, {
      summary: 'Of the protocol',
      security: [{ oauth2: ['read'] }, { keyAuth: ['read'] }],
      responses: { 200: { description: 'None' }, 401: {}, 403: {} }
    })
    t.equal(paths['/hidden'], undefined)
    t.same(asked, ['/other'])
  }
)

for (const [name, application] of Object.entries<(app: FastifyInstance) => unknown>({
  'preSerialization envelope': (app) =>
    app.addHook('preSerialization', async (_request, _reply, payload) => ({ data: payload })),
  'onSend envelope': (app) =>
    app.addHook('onSend', async (_request, _reply, payload) =>
      typeof payload === 'string' ? `[${payload}]` : payload
    ),
  setReplySerializer: (app) => app.setReplySerializer(() => '[]')
})) {
  t.test(`serves the document unchanged beside ${name} (K2.4)`, async (t) => {
    const app = Fastify()
    application(app)
    await app.register(openapi, { ui: '/docs' })
    await app.register(guard)
    const json = await app.inject('/docs/json')
    like(t, json.headers, { 'content-type': 'application/json; charset=utf-8' })
    t.same(json.json(), app.swagger())
    const yaml = await app.inject('/docs/yaml')
    like(t, yaml.headers, { 'content-type': 'application/x-yaml' })
    t.equal(yaml.body, app.swagger({ yaml: true }))
    t.notOk('/docs/json' in json.json<{ paths: object }>().paths)
  })
}
