import { rejectsLike } from '@latchkey/exact'
import Fastify from 'fastify'
import latchkey, { type LatchkeyOptions, RegistrationError } from 'latchkey'
import t from 'tap'
import { origin, secrets, shared, verifyPassword } from './fixtures/setup.ts'

const passwordGrant = { verifyPassword }
const { store } = shared()

const wrong: [name: string, options: object, message: string | RegExp][] = [
  ['an unknown part', { sessions: {} }, /^latchkey: sessions does not exist\. Fix: write session$/],
  ['an origin with a path', { origin: 'https://app.example.com/' }, /^latchkey: origin must be an origin such as/],
  ['an origin that is not protected', { origin: 'http://app.example.com' }, /^latchkey: origin must .*; got a string$/],
  ['a store that is none', { store: 'sqlite' }, /^latchkey: store must be a store, such as memoryStore\(\)/],
  ['a secret that is no list', { secrets: 'abc' }, /^latchkey: secrets must be a list of secrets/],
  ['a part that is true', { session: true }, /^latchkey: session must be an object with the options of this part; got/],
  [
    'bearer: true',
    { bearer: true },
    /^latchkey: bearer must be an object with the options of this part, or false; got/
  ],
  [
    'a token endpoint without an origin',
    { store, secrets, passwordGrant },
    'latchkey: origin is required with a token endpoint; got undefined. Fix: give origin to latchkey'
  ],
  [
    'a token endpoint without a store',
    { origin, secrets, tokenEndpoint: {} },
    'latchkey: store is required with a token endpoint; got undefined. Fix: give store to latchkey'
  ],
  [
    'a token endpoint without keys and secrets',
    { origin, store, tokenEndpoint: {} },
    'latchkey: secrets is required with a token endpoint without keys; got undefined. Fix: give secrets to latchkey'
  ],
  [
    'a login without a store',
    { origin, secrets, login: { providers: [] }, session: { store } },
    'latchkey: store is required with login; got undefined. Fix: give store to latchkey'
  ],
  [
    'a session without secrets',
    { origin, store, session: {} },
    'latchkey: secrets is required with a session; got undefined. Fix: give secrets to latchkey'
  ],
  [
    'a session with a secret that is not set',
    { origin, store, secrets: [undefined], session: {} },
    /^@latchkey\/session: secrets\[0\] must be 32 random bytes or more .* got nothing\. Fix: set the environment variable/
  ],
  [
    'a client that is none',
    { ...shared(), login: { providers: [] }, tokenEndpoint: { clients: [null] } },
    /^@latchkey\/token-endpoint: clients\[0\] must be an object/
  ],
  [
    'a wrong option of a part',
    { ...shared(), session: { sameSite: 'none' } },
    /^@latchkey\/session: sameSite must be 'lax' or 'strict'/
  ],
  [
    'a bearer without issuers',
    { bearer: {} },
    /^@latchkey\/bearer: issuers must be a list of at least one trusted issuer/
  ]
]

for (const [name, options, message] of wrong) {
  t.test(`a server with ${name} does not start`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    const registered = app.register(latchkey, options as LatchkeyOptions) // wrong on purpose
    await rejectsLike(t, registered, { name: 'RegistrationError', message })
  })
}

t.test('the errors of latchkey are those of the parts', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const error: unknown = await Promise.resolve(app.register(latchkey, { session: {} })).catch(
    (thrown: unknown) => thrown
  )
  t.ok(error instanceof RegistrationError)
})
