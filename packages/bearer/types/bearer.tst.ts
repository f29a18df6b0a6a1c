import bearer, { type BearerOptions, type TrustedIssuer } from '@latchkey/bearer'
import { remoteKeySet } from '@latchkey/issuer'
import Fastify from 'fastify'
import type { JSONWebKeySet } from 'jose'
import { expect, test } from 'tstyche'

const issuer = 'https://login.example.com'
const audience = 'https://api.example.com'

test('an issuer has a name, an audience and perhaps keys', () => {
  expect({ issuer, audience, jwks: { keys: [] } }).type.toBeAssignableTo<TrustedIssuer>()
  expect({ issuer, audience: [audience], jwks: () => ({ keys: [] }) }).type.toBeAssignableTo<TrustedIssuer>()
  expect({ issuer, jwks: { keys: [] } }).type.not.toBeAssignableTo<TrustedIssuer>()
  expect({ issuer, audience, jwks: { keys: [] }, isRevoked: () => true }).type.toBeAssignableTo<TrustedIssuer>()
  expect({
    issuer,
    audience,
    jwks: { keys: [] },
    isRevoked: async () => true
  }).type.not.toBeAssignableTo<TrustedIssuer>()
  expect({ issuer, audience }).type.toBeAssignableTo<TrustedIssuer>()
  expect({ issuer }).type.not.toBeAssignableTo<TrustedIssuer>()
  expect({ issuer, audience, jwksUri: `${issuer}/jwks` }).type.toBeAssignableTo<TrustedIssuer>()
  expect({ issuer, audience, jwks: remoteKeySet(`${issuer}/jwks`) }).type.toBeAssignableTo<TrustedIssuer>()
  expect({
    issuer,
    audience,
    introspection: { clientId: 'api', clientSecret: 's' }
  }).type.toBeAssignableTo<TrustedIssuer>()
  expect({ issuer, audience, introspection: { clientId: 'api' } }).type.not.toBeAssignableTo<TrustedIssuer>()
  expect({ issuer, audience, scopes: () => new Set(['items:read']) }).type.toBeAssignableTo<TrustedIssuer>()
  expect({ issuer, audience, scopes: async () => [] }).type.not.toBeAssignableTo<TrustedIssuer>()
  expect<TrustedIssuer>().type.not.toBeAssignableFrom({ issuer, audience, typ: 'ID' })
  expect({ issuer, audience: /example/, jwks: { keys: [] } }).type.not.toBeAssignableTo<TrustedIssuer>()
})

test('an object that can do more may be an issuer', () => {
  interface Endpoint {
    readonly issuer: string
    readonly audience: string
    readonly algorithms: readonly string[]
    jwks(): JSONWebKeySet
    isRevoked(claims: Readonly<Record<string, unknown>>): boolean
    addGrant(grant: object): void
  }
  expect<Endpoint>().type.toBeAssignableTo<TrustedIssuer>()
  expect<{ issuer: string; audience: string; jwks: JSONWebKeySet }>().type.toBeAssignableTo<TrustedIssuer>()
})

test('a server registers it with its issuers', () => {
  const app = Fastify()
  expect(app.register(bearer, { issuers: [] })).type.not.toRaiseError()
  expect<BearerOptions>().type.not.toBeAssignableFrom({})
  expect<BearerOptions>().type.not.toBeAssignableFrom({ issuers: [], verify: false })
})
