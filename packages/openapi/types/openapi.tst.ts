import Fastify from 'fastify'
import { expect, test } from 'tstyche'
import { everyone } from '@latchkey/guard'
import openapi, { accessTransform, type InitOAuth, type OpenapiOptions, type UiConfig } from '@latchkey/openapi'

test('no client secret and no other document can be configured', () => {
  expect<InitOAuth>().type.toBeAssignableFrom({ clientId: 'docs', scopes: ['read'] })
  expect<InitOAuth>().type.not.toHaveProperty('clientSecret')
  expect<UiConfig>().type.toHaveProperty('docExpansion')
  expect<UiConfig>().type.not.toHaveProperty('url')
  expect<UiConfig>().type.not.toHaveProperty('persistAuthorization')
})

test('the plugin takes its options, and the server then has a document', () => {
  const app = Fastify()
  expect(app.register).type.toBeCallableWith(openapi, { ui: '/docs', access: everyone })
  expect(app.register).type.not.toBeCallableWith(openapi, { ui: true })
  expect<OpenapiOptions['access']>().type.not.toBeAssignableFrom(['read'])
  expect(app.swagger).type.toBeCallableWith()
  expect(accessTransform).type.toBeCallableWith(app)
})
