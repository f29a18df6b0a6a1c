import type { AccessRule, AuthorizationEvent, Guard, GuardOptions, Principal, Revocation } from '@latchkey/guard'
import { allOf, anyOf, recentLogin } from '@latchkey/guard'
import Fastify, { type FastifyRequest } from 'fastify'
import { expect, test } from 'tstyche'

interface User {
  name: string
}
declare module '@latchkey/guard' {
  interface PrincipalTypes {
    user: User
  }
}

test('a server has its guard and takes rules', () => {
  const app = Fastify()
  expect(app.guard).type.toBe<Guard>()
  expect(app.guard.require).type.toBeCallableWith(allOf('a'))
  expect(app.guard.require).type.not.toBeCallableWith(['a'])
  expect(app.guard.require).type.not.toBeCallableWith('a')
})

test('a plugin opens the metadata to other origins', () => {
  expect(Fastify().guard.openMetadataToOtherOrigins).type.toBe<() => void>()
})

test('a request has a principal, or may have one', () => {
  expect<FastifyRequest['principal']>().type.toBe<Principal>()
  expect<FastifyRequest['principalIfAny']>().type.toBe<Principal | null>()
})

test("one line of the application gives the principal's user its type", () => {
  expect<Principal['user']>().type.toBe<User>()
})

test('a route carries a rule and nothing else', () => {
  const app = Fastify()
  expect(app.get).type.toBeCallableWith('/', { config: { access: allOf('a') } }, () => 'ok')
  expect(app.get).type.not.toBeCallableWith('/', { config: { access: ['a'] } }, () => 'ok')
  expect<AccessRule>().type.not.toBeAssignableFrom(['a'])
})

test('a recent login is a rule, and needs a greatest age', () => {
  expect(recentLogin({ maxAge: 300 })).type.toBe<AccessRule>()
  expect(recentLogin).type.not.toBeCallableWith()
  expect(recentLogin).type.not.toBeCallableWith(300)
  expect(recentLogin).type.not.toBeCallableWith({ maxAge: '5m' })
  expect(allOf).type.toBeCallableWith('a', recentLogin({ maxAge: 300 }))
  expect(anyOf).type.toBeCallableWith(recentLogin({ maxAge: 300 }), 'a')
})

test('the kind of an event is the result of a request', () => {
  expect<AuthorizationEvent['kind']>().type.toBe<'granted' | 'denied'>()
  expect<AuthorizationEvent['code']>().type.toBe<string | null>()
})

test('roles map names to lists of scopes', () => {
  expect<NonNullable<GuardOptions['roles']>>().type.toBeAssignableFrom({ editor: ['items:write'] } as const)
  expect<NonNullable<GuardOptions['roles']>>().type.not.toBeAssignableFrom({ editor: 'items:write' })
  expect<Principal>().type.not.toHaveProperty('roles')
})

test('a plugin adds what revokeAll() ends', () => {
  const { guard } = Fastify()
  expect(guard.revokeAll).type.toBe<(subject: string) => Promise<void>>()
  expect(guard.addRevocation).type.toBe<(revocation: Revocation) => void>()
  expect<Revocation>().type.toBeAssignableFrom({ name: 'keys', revokeAll: async (_subject: string) => {} })
  expect<Revocation>().type.not.toBeAssignableFrom({ name: 'keys', revokeAll: () => 1 })
})
