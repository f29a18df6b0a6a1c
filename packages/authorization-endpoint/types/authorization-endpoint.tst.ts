import authorizationEndpoint, { type AuthorizationEndpoint, type Consent } from '@latchkey/authorization-endpoint'
import { memoryStore } from '@latchkey/store/memory'
import type { FastifyInstance } from 'fastify'
import { expect, test } from 'tstyche'

declare const app: FastifyInstance

test('the plugin decorates the app', () => {
  expect(app.authorizationEndpoint).type.toBe<AuthorizationEndpoint>()
  expect(app.authorizationEndpoint.consents('alice')).type.toBe<Promise<readonly Consent[]>>()
  expect(app.authorizationEndpoint.withdrawConsent).type.not.toBeCallableWith('alice')
})

test('the plugin needs a store', () => {
  expect(app.register).type.toBeCallableWith(authorizationEndpoint, { store: memoryStore() })
  expect(app.register).type.not.toBeCallableWith(authorizationEndpoint, {})
})

test('the option device is true or an object', () => {
  const store = memoryStore()
  expect(app.register).type.toBeCallableWith(authorizationEndpoint, { store, device: true })
  expect(app.register).type.toBeCallableWith(authorizationEndpoint, { store, device: { interval: 10 } })
  expect(app.register).type.not.toBeCallableWith(authorizationEndpoint, { store, device: { interval: '10' } })
  expect(app.register).type.not.toBeCallableWith(authorizationEndpoint, { store, device: 'yes' })
})
