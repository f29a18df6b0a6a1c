import { allOf } from '@latchkey/guard'
import t from 'tap'
import { like } from '@latchkey/exact'
import { guardedApp } from './fixtures/guarded-app.ts'
import { documentOf, operation } from './fixtures/operation.ts'

const answer = async (): Promise<object> => ({})

t.test("asks the application's transforms first, and its transformObject last", async (t) => {
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

t.test('is not put out by the transform of a single route (SEC-152)', async (t) => {
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
