import Fastify from 'fastify'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import guard from '@latchkey/guard'
import session, { jweCodec, type SessionOptions } from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import { key, newKey, serverWith } from './fixtures/server.ts'

const store = memoryStore()
const good: SessionOptions = { secrets: [key], store }

const wrong: [name: string, options: Record<string, unknown>, message: string][] = [
  [
    'no keys',
    { secrets: undefined },
    '@latchkey/session: secrets must be a list of at least one secret, such as [process.env.SECRET]; got undefined'
  ],
  [
    'a key that is not set',
    { secrets: [undefined] },
    '@latchkey/session: secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got nothing. Fix: set the environment variable that it is read from'
  ],
  [
    'an empty ring',
    { secrets: [] },
    '@latchkey/session: secrets must be a list of at least one secret, such as [process.env.SECRET]; got an empty list'
  ],
  [
    'a short key (SEC-33)',
    { secrets: ['c2hvcnQ'] },
    '@latchkey/session: secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got less than 32 bytes'
  ],
  [
    'a short key after a good one (SEC-34)',
    { secrets: [key, 'c2hvcnQ'] },
    '@latchkey/session: secrets[1] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got less than 32 bytes'
  ],
  [
    'a short key before a good one (SEC-34)',
    { secrets: ['c2hvcnQ', key] },
    '@latchkey/session: secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got less than 32 bytes'
  ],
  [
    'a repeated key (SEC-33)',
    { secrets: ['ab'.repeat(32)] },
    '@latchkey/session: secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got a secret that repeats itself, or looks like a placeholder'
  ],
  [
    'a placeholder (SEC-33)',
    { secrets: [`changeme${newKey()}`] },
    '@latchkey/session: secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got a secret that repeats itself, or looks like a placeholder'
  ],
  [
    'bytes for a key',
    { secrets: [Buffer.alloc(32, 1)] },
    '@latchkey/session: secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got a value that is no string'
  ],
  [
    'no store',
    { store: undefined },
    '@latchkey/session: store must have sessions, as memoryStore() and sqlStore() have; got undefined'
  ],
  [
    'a store without methods',
    { store: { sessions: {} } },
    '@latchkey/session: store must have sessions, as memoryStore() and sqlStore() have; got an object'
  ],
  [
    'an origin with a path',
    { origin: 'https://app.example.com/' },
    "@latchkey/session: origin must be an origin such as 'https://app.example.com', without a path or a final slash: https, or http on loopback; got a string"
  ],
  [
    'an origin of another scheme',
    { origin: 'ftp://app.example.com' },
    "@latchkey/session: origin must be an origin such as 'https://app.example.com', without a path or a final slash: https, or http on loopback"
  ],
  [
    'an invalid origin',
    { origin: 'https://' },
    "@latchkey/session: origin must be an origin such as 'https://app.example.com', without a path or a final slash: https, or http on loopback; got a string"
  ],
  [
    'an origin in the clear (K29.2, K19.3)',
    { origin: 'http://shop.example' },
    "@latchkey/session: origin must be an origin such as 'https://app.example.com', without a path or a final slash: https, or http on loopback"
  ],
  [
    'an origin in the clear that only begins like loopback (K29.2)',
    { origin: 'http://localhost.shop.example' },
    "@latchkey/session: origin must be an origin such as 'https://app.example.com', without a path or a final slash: https, or http on loopback"
  ],
  [
    'an origin with a path beside an insecure cookie (K29.2)',
    { origin: 'http://shop.example/', insecureCookie: true },
    "@latchkey/session: origin must be an origin such as 'https://app.example.com', without a path or a final slash: https, or http on loopback; got a string"
  ],
  [
    'a name without a prefix (SEC-125)',
    { cookieName: 'session' },
    '@latchkey/session: cookieName must start with __Host-'
  ],
  ['only a prefix', { cookieName: '__Host-' }, '@latchkey/session: cookieName must start with __Host-'],
  [
    'a name with attributes in it (SEC-139)',
    { cookieName: '__Host-a; Domain=evil' },
    '@latchkey/session: cookieName must be a token (RFC 9110 §5.6.2); got a string'
  ],
  [
    'a name with a line break in it (SEC-139)',
    { cookieName: '__Host-a\r\nSet-Cookie: b' },
    '@latchkey/session: cookieName must be a token (RFC 9110 §5.6.2); got a string'
  ],
  [
    'a prefix over plain http',
    { insecureCookie: true, cookieName: '__host-a' },
    '@latchkey/session: cookieName must not start with __Host- or __Secure- with insecureCookie'
  ],
  [
    'a flag that is not a boolean',
    { insecureCookie: 'no' },
    '@latchkey/session: insecureCookie must be true or false; got a string'
  ],
  [
    'SameSite=None (SEC-125)',
    { sameSite: 'none' },
    "@latchkey/session: sameSite must be 'lax' or 'strict'; got a string"
  ],
  [
    'an additional attribute (SEC-139)',
    { sameSite: 'lax; Domain=evil' },
    "@latchkey/session: sameSite must be 'lax' or 'strict'; got a string"
  ],
  [
    'a domain',
    { domain: 'example.com' },
    '@latchkey/session: domain does not exist. Fix: use one of secrets, store, origin, cookieName, insecureCookie, sameSite, idleTimeout, absoluteTimeout, codec, loginPath, basePath, now'
  ],
  [
    'a fraction of a second',
    { idleTimeout: 60.5 },
    '@latchkey/session: idleTimeout must be a whole number of seconds from 60 to 34560000; got a number'
  ],
  [
    'no lifetime',
    { absoluteTimeout: 0 },
    '@latchkey/session: absoluteTimeout must be a whole number of seconds from 60 to 34560000; got a number'
  ],
  [
    'more than browsers keep',
    { absoluteTimeout: 400 * 86_400 + 1 },
    '@latchkey/session: absoluteTimeout must be a whole number of seconds from 60 to 34560000; got a number'
  ],
  [
    'an idle timeout above the absolute timeout',
    { absoluteTimeout: 600, idleTimeout: 601 },
    '@latchkey/session: idleTimeout must not be more than absoluteTimeout'
  ],
  [
    'an invalid codec',
    { codec: {} },
    '@latchkey/session: codec must be secureSessionCodec() or jweCodec(); got an object'
  ],
  [
    'a codec function that was not called',
    { codec: jweCodec },
    '@latchkey/session: codec must be secureSessionCodec() or jweCodec(); got a function'
  ],
  [
    'a login page elsewhere',
    { loginPath: '//evil.example' },
    "@latchkey/session: loginPath must be a path of this server such as '/login', without a query; got a string"
  ],
  [
    'a login page with a query',
    { loginPath: '/login?a=b' },
    "@latchkey/session: loginPath must be a path of this server such as '/login', without a query; got a string"
  ],
  [
    'a base path with a final slash',
    { basePath: '/app/' },
    "@latchkey/session: basePath must be a path such as '/app', without a final slash or a query; got a string"
  ],
  [
    'the root as a base path',
    { basePath: '/' },
    "@latchkey/session: basePath must be a path such as '/app', without a final slash or a query; got a string"
  ],
  [
    'an empty base path',
    { basePath: '' },
    "@latchkey/session: basePath must be a path such as '/app', without a final slash or a query; got an empty string"
  ],
  [
    'a base path elsewhere',
    { basePath: '//evil.example' },
    "@latchkey/session: basePath must be a path such as '/app', without a final slash or a query; got a string"
  ],
  [
    'a base path with a query',
    { basePath: '/app?a' },
    "@latchkey/session: basePath must be a path such as '/app', without a final slash or a query; got a string"
  ],
  [
    'a login page that is not a path',
    { loginPath: new URL('https://app.example.com/login') },
    "@latchkey/session: loginPath must be a path of this server such as '/login', without a query; got an object"
  ],
  ['an invalid clock', { now: 0 }, '@latchkey/session: now must be a function; got a number']
]

for (const [name, options, message] of wrong) {
  t.test(`refuses ${name} at registration (SEC-153)`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(guard)
    await rejectsLike(t, async () => app.register(session, { ...good, ...options }), {
      code: 'LATCHKEY_REGISTRATION',
      message
    })
  })
}

t.test('accepts every valid value of an option', async (t) => {
  for (const options of [
    { cookieName: '__Host-app' },
    { absoluteTimeout: 60 },
    { origin: 'http://localhost:3000', insecureCookie: false },
    { origin: 'http://shop.example', insecureCookie: true },
    { codec: jweCodec(), sameSite: 'strict', loginPath: '/auth/login' }
  ] as const) {
    await t.resolves(serverWith(t, { options }))
  }
})

t.test('sends no insecure cookie in production (SEC-125)', async (t) => {
  const before = process.env['NODE_ENV']
  t.teardown(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  process.env['NODE_ENV'] = 'production'
  await rejectsLike(t, serverWith(t, { options: { insecureCookie: true } }), {
    message: '@latchkey/session: insecureCookie is for development, and NODE_ENV is production. Fix: leave it out'
  })
  await t.resolves(serverWith(t))
})

t.test('requires at least one key for a codec', async (t) => {
  t.throws(() => jweCodec().open([]), TypeError)
})
