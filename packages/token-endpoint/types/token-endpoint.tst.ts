import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { JSONWebKeySet } from 'jose'
import tokenEndpoint, {
  type Client,
  type ClientRequest,
  type RevocationEvent,
  type SigningKeySource,
  keysFromText,
  storedKeys,
  type TokenEndpoint,
  type TokenEndpointOptions
} from '@latchkey/token-endpoint'
import type { Throttle } from '@latchkey/throttle'
import { expect, test } from 'tstyche'

declare const app: FastifyInstance
declare const other: TokenEndpoint
declare const request: FastifyRequest

test('app.tokenEndpoint is there, and is a trusted issuer as it stands', () => {
  expect(app.tokenEndpoint).type.toBe<TokenEndpoint>()
  expect(app.tokenEndpoint).type.toBeAssignableTo<{
    issuer: string
    audience: string
    algorithms: readonly string[]
    jwks(): JSONWebKeySet
    isRevoked(claims: Readonly<Record<string, unknown>>): boolean
  }>()
  expect(app.tokenEndpoint.revokeAll).type.toBe<(subject: string) => Promise<void>>()
})

test('a token endpoint cannot be replaced', () => {
  // @ts-expect-error Cannot assign to 'tokenEndpoint' because it is a read-only property
  app.tokenEndpoint = other
})

test('keys are a list, out of a text or not, or a source of keys', () => {
  expect<TokenEndpointOptions['keys']>().type.toBeAssignableFrom<ReturnType<typeof keysFromText>>()
  expect<TokenEndpointOptions['keys']>().type.toBeAssignableFrom<SigningKeySource>()
  expect<TokenEndpointOptions['keys']>().type.not.toBeAssignableFrom<string>()
  expect(storedKeys).type.not.toBeCallableWith({ secrets: ['x'] })
  expect(app.tokenEndpoint.rotateKeys()).type.toBe<Promise<void>>()
})

test('plugins add metadata, flows, clients and endpoints', () => {
  const { addMetadata, addFlows, addClients, addClientEndpoint, findClient, isAddedClient, revokeFamily } =
    app.tokenEndpoint
  expect(addMetadata).type.toBeCallableWith(() => ({ code_challenge_methods_supported: ['S256'], signed: true }))
  expect(addMetadata).type.not.toBeCallableWith({ signed: true })
  expect(addMetadata).type.not.toBeCallableWith(() => ({ lifetime: 60 }))
  expect(addFlows).type.toBeCallableWith((tokenUrl: string) => ({ clientCredentials: { tokenUrl, scopes: {} } }))
  expect(addFlows).type.not.toBeCallableWith(() => ({ implicit: {} }))
  expect(addClients).type.toBeCallableWith(async (clientId: string) => ({ clientId, grantTypes: [] }))
  expect(addClients).type.not.toBeCallableWith((clientId: string) => ({ clientId, grantTypes: [] }))
  const answer = async ({ client, resources }: ClientRequest): Promise<object> => ({ client, resources })
  expect(addClientEndpoint).type.toBeCallableWith(app, { path: '/par', documentation: {}, answer })
  expect(addClientEndpoint).type.not.toBeCallableWith(app, { path: '/par', answer })
  expect(findClient).type.toBe<(clientId: string) => Promise<Client | undefined>>()
  expect(isAddedClient).type.toBe<(client: Client) => boolean>()
  expect(revokeFamily).type.toBe<(familyId: string) => Promise<void>>()
})

test('a revoked family has its client and its subject, unless the application revoked it', () => {
  type Family = Extract<RevocationEvent, { kind: 'family' }>
  expect<Exclude<Family, { reason: 'application' }>['clientId']>().type.toBe<string>()
  expect<Extract<Family, { reason: 'application' }>['clientId']>().type.toBe<null>()
})

test('issuer, audience, keys and store are required', () => {
  expect(app.register).type.not.toBeCallableWith(tokenEndpoint, { issuer: 'https://api.example.com' })
})

test('a throttle gives what the verification gives, or null', () => {
  const throttle = app.tokenEndpoint.throttle('PINs', { failures: 3, window: 60 })
  expect(throttle).type.toBe<Throttle>()
  const guess = { account: 'alice', clientId: 'app', request }
  expect(throttle.attempt(guess, async () => ({ subject: 'alice' }))).type.toBe<Promise<{ subject: string } | null>>()
  expect(throttle.attempt<object>).type.not.toBeCallableWith(guess, async () => false)
})
