import apiKeys, {
  type ApiKeyInfo,
  apiKeyPattern,
  type ApiKeys,
  type ApiKeysOptions,
  type CreatedApiKey,
  type NewApiKey
} from '@latchkey/api-keys'
import { memoryStore } from '@latchkey/store/memory'
import Fastify, { type FastifyRequest } from 'fastify'
import { expect, test } from 'tstyche'

test('a server has API keys', () => {
  const app = Fastify()
  expect(app.apiKeys).type.toBe<ApiKeys>()
  expect<Parameters<ApiKeys['current']>>().type.toBe<[request: FastifyRequest]>()
  expect<ReturnType<ApiKeys['current']>>().type.toBe<ApiKeyInfo | null>()
  expect<ReturnType<ApiKeys['create']>>().type.toBe<Promise<CreatedApiKey>>()
  expect<ReturnType<ApiKeys['list']>>().type.toBe<Promise<readonly ApiKeyInfo[]>>()
})

test('only the created key has its text', () => {
  expect<CreatedApiKey['key']>().type.toBe<string>()
  expect<ApiKeyInfo>().type.not.toHaveProperty('key')
})

test('a new key has a subject, a name and scopes', () => {
  expect<NewApiKey>().type.toBeAssignableFrom({ subject: 'alice', name: 'backup', scopes: ['a'], expiresAt: null })
  expect<NewApiKey>().type.not.toBeAssignableFrom({ subject: 'alice', name: 'backup' })
  expect<NewApiKey>().type.not.toBeAssignableFrom({ subject: 'alice', name: 'backup', scopes: 'a' })
})

test('a server registers it with a prefix and a store', () => {
  const app = Fastify()
  expect(app.register(apiKeys, { prefix: 'acme', store: memoryStore() })).type.not.toRaiseError()
  expect<ApiKeysOptions>().type.not.toBeAssignableFrom({ prefix: 'acme' })
  expect<ApiKeysOptions>().type.not.toBeAssignableFrom({ prefix: 'acme', store: memoryStore(), location: 'query' })
  expect(apiKeyPattern('acme')).type.toBe<RegExp>()
})
