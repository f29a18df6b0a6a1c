import session, {
  type CurrentSession,
  jweCodec,
  type SessionCodec,
  type SessionOptions,
  type Sessions,
  type SignIn
} from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { expect, test } from 'tstyche'

test('a server has sessions', () => {
  const app = Fastify()
  expect(app.sessions).type.toBe<Sessions>()
  expect<Parameters<Sessions['current']>>().type.toBe<[request: FastifyRequest]>()
  expect<ReturnType<Sessions['current']>>().type.toBe<CurrentSession | null>()
  expect(app.sessions.deriveKeys('login')).type.toBe<readonly Uint8Array[]>()
})

test('a reply signs in and out', () => {
  expect<FastifyReply['signIn']>().type.toBe<(who: SignIn) => Promise<void>>()
  expect<FastifyReply['signOut']>().type.toBe<() => Promise<void>>()
  expect<SignIn>().type.toBeAssignableFrom({ subject: 'alice', scopes: ['a'], claims: { name: 'Alice' }, label: null })
  expect<SignIn>().type.toBeAssignableFrom({ subject: 'alice', scopes: new Set(['a']) as Iterable<string> })
  expect<SignIn>().type.not.toBeAssignableFrom({ subject: 'alice', scopes: 'a' })
  expect<SignIn>().type.toBeAssignableFrom({ subject: 'alice', roles: ['editor'] })
  expect<SignIn>().type.not.toBeAssignableFrom({ subject: 'alice', roles: 'editor' })
  expect<SignIn>().type.toBeAssignableFrom({ subject: 'alice', lifetime: { idle: 3600, remembered: false } })
  expect<SignIn>().type.not.toBeAssignableFrom({ scopes: ['a'] })
  expect<SignIn>().type.not.toBeAssignableFrom({ subject: 'alice', lifetime: { remembered: 'no' } })
  expect<SignIn>().type.not.toBeAssignableFrom({ subject: 'alice', upstream: { issuer: 'https://id.example' } })
})

test('a server registers it with its keys and a store', () => {
  const app = Fastify()
  const secrets = [process.env['SESSION_SECRET']]
  expect(app.register(session, { secrets, store: memoryStore() })).type.not.toRaiseError()
  expect<SessionOptions>().type.not.toBeAssignableFrom({ secrets })
  expect<SessionOptions>().type.not.toBeAssignableFrom({ secrets, store: memoryStore(), sameSite: 'none' })
  expect(jweCodec()).type.toBe<SessionCodec>()
})
