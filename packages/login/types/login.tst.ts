import login, {
  type AccessToken,
  accountPermissions,
  discord,
  google,
  type Login,
  type LoginOptions,
  microsoft,
  oidc,
  type OnLogin,
  type Provider,
  type ProviderLoginEvent,
  provider
} from '@latchkey/login'
import type { LatchkeyEvent } from '@latchkey/guard'
import type { UpstreamEvent } from '@latchkey/issuer'
import type { AccountStore } from '@latchkey/store'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { expect, test } from 'tstyche'

declare const app: FastifyInstance
declare const other: Login
declare const request: FastifyRequest
declare const accounts: AccountStore

test('app.login is there, and cannot be replaced', () => {
  expect(app.login).type.toBe<Login>()
  expect(app.login.tokens(request, 'discord')).type.toBe<Promise<AccessToken | null>>()
  // @ts-expect-error Cannot assign to 'login' because it is a read-only property
  app.login = other
})

test('events have the common shape, those of the issuer too, which imports no guard', () => {
  expect<ProviderLoginEvent>().type.toBeAssignableTo<LatchkeyEvent>()
  expect<UpstreamEvent>().type.toBeAssignableTo<LatchkeyEvent>()
})

test('providers are data, and required', () => {
  expect(discord({ clientId: 'a', clientSecret: 'b' })).type.toBe<Provider>()
  expect(google).type.not.toBeCallableWith({ clientId: 'a' })
  expect(microsoft).type.not.toBeCallableWith({ clientId: 'a', clientSecret: 'b' })
  expect(oidc).type.not.toBeCallableWith({ clientId: 'a', clientSecret: 'b', issuer: 'https://id.example.com' })
  expect(provider).type.not.toBeCallableWith({ name: 'own' })
  expect(app.register).type.not.toBeCallableWith(login, {})
})

test('onLogin gives a decision, later or not, or answers by itself', () => {
  expect<OnLogin>().type.toBeAssignableFrom(() => ({ subject: 'alice', scopes: ['items:read'] }))
  expect<OnLogin>().type.toBeAssignableFrom(async () => undefined)
  expect<OnLogin>().type.not.toBeAssignableFrom(() => ({ subject: 1 }))
  expect<LoginOptions['store']>().type.toBeAssignableFrom({ accounts })
})

test('the permissions of accounts are what the guard asks for', () => {
  expect(accountPermissions(accounts)({ subject: 'alice' })).type.toBe<Promise<readonly string[]>>()
})
