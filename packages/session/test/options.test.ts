import Fastify from 'fastify'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import guard from '@latchkey/guard'
import session, { jweCodec, type SessionOptions } from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import { key, newKey, serverWith } from './fixtures/server.ts'

const store = memoryStore()
const good: SessionOptions = { secrets: [key], store }

const wrong: [name: string, options: Record<string, unknown>, message: RegExp][] = [
  ['no keys', { secrets: undefined }, /"secrets" must be a list of secrets/],
  ['a key that is not set', { secrets: [undefined] }, /Is the environment variable set/],
  ['an empty ring', { secrets: [] }, /"secrets"/],
  ['a short key (SEC-33)', { secrets: ['c2hvcnQ'] }, /32 random bytes/],
  ['a short key after a good one (SEC-34)', { secrets: [key, 'c2hvcnQ'] }, /"secrets"/],
  ['a short key before a good one (SEC-34)', { secrets: ['c2hvcnQ', key] }, /"secrets"/],
  ['a repeated key (SEC-33)', { secrets: ['ab'.repeat(32)] }, /"secrets"/],
  ['a placeholder (SEC-33)', { secrets: [`changeme${newKey()}`] }, /"secrets"/],
  ['bytes for a key', { secrets: [Buffer.alloc(32, 1)] }, /"secrets"/],
  ['no store', { store: undefined }, /"store" must have "sessions"/],
  ['a store without methods', { store: { sessions: {} } }, /"store"/],
  ['an origin with a path', { origin: 'https://app.example.com/' }, /"origin" must be an origin/],
  ['an origin of another scheme', { origin: 'ftp://app.example.com' }, /"origin"/],
  ['an invalid origin', { origin: 'https://' }, /"origin"/],
  [
    'an origin in the clear (K29.2, K19.3)',
    { origin: 'http://shop.example' },
    /"origin" must be .*: https, or http on loopback/
  ],
  [
    'an origin in the clear that only begins like loopback (K29.2)',
    { origin: 'http://localhost.shop.example' },
    /"origin" must be .*: https, or http on loopback/
  ],
  [
    'an origin with a path beside an insecure cookie (K29.2)',
    { origin: 'http://shop.example/', insecureCookie: true },
    /"origin" must be an origin/
  ],
  ['a name without a prefix (SEC-125)', { cookieName: 'session' }, /"cookieName" must start with __Host-/],
  ['only a prefix', { cookieName: '__Host-' }, /"cookieName"/],
  ['a name with attributes in it (SEC-139)', { cookieName: '__Host-a; Domain=evil' }, /"cookieName" must be a token/],
  ['a name with a line break in it (SEC-139)', { cookieName: '__Host-a\r\nSet-Cookie: b' }, /"cookieName"/],
  ['a prefix over plain http', { insecureCookie: true, cookieName: '__host-a' }, /"cookieName" must not start with/],
  ['a flag that is not a boolean', { insecureCookie: 'no' }, /"insecureCookie" must be true or false/],
  ['SameSite=None (SEC-125)', { sameSite: 'none' }, /"sameSite" must be/],
  ['an additional attribute (SEC-139)', { sameSite: 'lax; Domain=evil' }, /"sameSite"/],
  ['a domain', { domain: 'example.com' }, /"domain" does not exist/],
  ['a fraction of a second', { idleTimeout: 60.5 }, /"idleTimeout" must be a whole number of seconds/],
  ['no lifetime', { absoluteTimeout: 0 }, /"absoluteTimeout"/],
  ['more than browsers keep', { absoluteTimeout: 400 * 86_400 + 1 }, /"absoluteTimeout"/],
  [
    'an idle timeout above the absolute timeout',
    { absoluteTimeout: 600, idleTimeout: 601 },
    /"idleTimeout" must not be more/
  ],
  ['an invalid codec', { codec: {} }, /"codec" must be secureSessionCodec\(\) or jweCodec\(\)/],
  ['a codec function that was not called', { codec: jweCodec }, /"codec"/],
  ['a login page elsewhere', { loginPath: '//evil.example' }, /"loginPath" must be a path/],
  ['a login page with a query', { loginPath: '/login?a=b' }, /"loginPath"/],
  ['a base path with a final slash', { basePath: '/app/' }, /"basePath" must be a path such as/],
  ['the root as a base path', { basePath: '/' }, /"basePath"/],
  ['an empty base path', { basePath: '' }, /"basePath"/],
  ['a base path elsewhere', { basePath: '//evil.example' }, /"basePath"/],
  ['a base path with a query', { basePath: '/app?a' }, /"basePath"/],
  ['a login page that is not a path', { loginPath: new URL('https://app.example.com/login') }, /"loginPath"/],
  ['an invalid clock', { now: 0 }, /"now" must be a function/]
]

for (const [name, options, message] of wrong) {
  t.test(`refuses ${name} at registration (SEC-153)`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(guard)
    await rejectsLike(t, async () => app.register(session, { ...good, ...options }), {
      code: 'LATCHKEY_INVALID_OPTION',
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
    message: /"insecureCookie" is for development/
  })
  await t.resolves(serverWith(t))
})

t.test('requires at least one key for a codec', async (t) => {
  t.throws(() => jweCodec().open([]), TypeError)
})
