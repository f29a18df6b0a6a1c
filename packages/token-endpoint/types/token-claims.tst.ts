import type { FastifyInstance } from 'fastify'
import type { Granted, TokenClaims, TokenEndpointOptions } from '@latchkey/token-endpoint'
import { expect, test } from 'tstyche'

declare module '@latchkey/token-endpoint' {
  interface TokenClaimTypes {
    tenant: string
    seats: number
  }
}
declare const app: FastifyInstance

test('one declaration of the application gives its claims their types', () => {
  expect<TokenClaims>().type.toBe<Readonly<{ tenant?: string; seats?: number }>>()
  expect<NonNullable<Granted['claims']>>().type.toBe<TokenClaims>()
  const token = { subject: 'alice', clientId: 'app' }
  expect(app.tokenEndpoint.issue).type.toBeCallableWith({ ...token, claims: { tenant: 'acme' } })
  expect(app.tokenEndpoint.issue).type.not.toBeCallableWith({ ...token, claims: { tenant: 7 } })
  expect(app.tokenEndpoint.issue).type.not.toBeCallableWith({ ...token, claims: { tenent: 'acme' } })
})

test('tokenClaims gets the token and returns claims, none, or a promise', () => {
  type Hook = NonNullable<TokenEndpointOptions['tokenClaims']>
  expect<Parameters<Hook>[0]>().type.toBe<{
    readonly subject: string
    readonly clientId: string
    readonly scopes: readonly string[]
    readonly grantType: string
  }>()
  expect<Hook>().type.toBeAssignableFrom(() => ({ tenant: 'acme' }))
  expect<Hook>().type.toBeAssignableFrom(async () => null)
  expect<Hook>().type.not.toBeAssignableFrom(() => ({ tenant: 7 }))
})

test('subjectScopes gets the subject and the client, and returns scopes or null', () => {
  type Hook = NonNullable<TokenEndpointOptions['subjectScopes']>
  expect<Hook>().type.toBeAssignableFrom((_subject: string, { clientId }: { clientId: string }) => [clientId])
  expect<Hook>().type.toBeAssignableFrom(async () => null)
  expect<Hook>().type.not.toBeAssignableFrom(async () => undefined)
})
