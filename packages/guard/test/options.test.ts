import Fastify from 'fastify'
import t from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import guard, {
  checkOptions,
  everyone,
  type GuardOptions,
  must,
  mustBeFunction,
  mustBeInteger,
  optional
} from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

const wrong: { name: string; options: object; option: string; says: RegExp }[] = [
  { name: 'an option that does not exist', options: { scope: {} }, option: 'scope', says: /the options are scopes, / },
  { name: 'scopes as a list', options: { scopes: ['a'] }, option: 'scopes', says: /map each scope/ },
  { name: 'a scope without a description', options: { scopes: { a: 1 } }, option: 'scopes', says: /description/ },
  {
    name: 'a scope that is not a token',
    options: { scopes: { 'a b': 'Two' } },
    option: 'scopes',
    says: /no scope token/
  },
  { name: 'implied scopes as a string', options: { implies: { a: 'b' } }, option: 'implies', says: /lists of scopes/ },
  {
    name: 'a hierarchy that names an unknown scope',
    options: { scopes: { a: 'A' }, implies: { a: ['b'] } },
    option: 'implies',
    says: /"b", which/
  },
  {
    name: 'a hierarchy of numbers',
    options: { implies: { a: [1] } },
    option: 'implies',
    says: /names the scope/
  },
  { name: 'routes with a bare scope', options: { routes: { '/': 'a' } }, option: 'routes', says: /route patterns/ },
  { name: 'null as routes', options: { routes: null }, option: 'routes', says: /route patterns/ },
  {
    name: 'permissions that are not a function',
    options: { permissions: [] },
    option: 'permissions',
    says: /function/
  },
  { name: 'an unknown value of undeclared', options: { undeclared: 'open' }, option: 'undeclared', says: /'deny' or/ },
  { name: 'a clock that is a number', options: { now: 0 }, option: 'now', says: /function/ },
  ...[
    'api.example.com',
    '/v1',
    'http://api.example.com',
    'ftp://api.example.com',
    'https://api.example.com/?',
    'https://api.example.com/?a=b',
    'https://api.example.com/#',
    'https://user@api.example.com',
    'https://:password@api.example.com',
    'https://API.example.com',
    'https://api.example.com:443',
    'https://api.example.com/a/../b',
    'https://api.example.com/a b',
    'https://api.example.com/a%20b',
    'https://api.example.com/*',
    ' https://api.example.com',
    ['https://api.example.com'],
    null,
    {},
    { identifier: 'https://api.example.com/?' },
    { identifier: 'https://api.example.com', name: '' },
    { identifier: 'https://api.example.com', name: 1 },
    { identifier: 'https://api.example.com', documentation: 'javascript:alert(1)' },
    { identifier: 'https://api.example.com', documentation: '/docs' },
    { identifier: 'https://api.example.com', documentation: 1 },
    { identifier: 'https://api.example.com', policy: 'https://api.example.com/policy' }
  ].map((resource) => ({
    name: `${JSON.stringify(resource)} as the resource`,
    options: { resource },
    option: 'resource',
    says: /must be an https URL/
  }))
]

for (const { name, options, option, says } of wrong) {
  t.test(`refuses ${name} at registration (SEC-153)`, async (t) => {
    const app = Fastify()
    const error: unknown = await app.register(guard, options as GuardOptions).then(
      () => undefined,
      (error: unknown) => error
    )
    like(t, error, { code: 'LATCHKEY_INVALID_OPTION' })
    t.ok(error instanceof TypeError)
    like(t, String(error), new RegExp(`@latchkey/guard: option "${option}"`))
    like(t, String(error), says)
  })
}

t.test('accepts the options that Fastify itself reads, and does not change its options (SEC-153)', async (t) => {
  const options = Object.freeze({ prefix: '/v1', logLevel: 'warn', routes: Object.freeze({ '/': everyone }) } as const)
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, options)
  app.get('/', async () => 'open')
  t.equal((await app.inject('/')).statusCode, 200)
})

t.test('checks the options of other plugins by the same rules (SEC-153)', async (t) => {
  const check = (options: { size?: unknown; act?: unknown; list?: unknown }): object =>
    checkOptions('@example/plugin', options, {
      size: mustBeInteger(1, 10, 'seconds'),
      act: optional(mustBeFunction),
      list: optional(must('be a list', Array.isArray))
    })
  t.ok(Object.isFrozen(check({ size: 1, act: () => 0, list: [] })))
  throwsLike(t, () => check({}), {
    message: '@example/plugin: option "size" must be a whole number of seconds from 1 to 10'
  })
  for (const size of [0, 11, 1.5, '3', Number.NaN])
    throwsLike(t, () => check({ size }), { code: 'LATCHKEY_INVALID_OPTION' })
  throwsLike(t, () => check({ size: 3, list: 'a' }), { message: /"list" must be a list/ })
})

t.test('refuses a second authenticator of the same scheme', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  throwsLike(t, () => app.guard.addAuthenticator(keyAuthenticator()), { message: /scheme "key" is registered already/ })
})

for (const member of ['scheme', 'challenge', 'ambient', 'header', 'securitySchemes', 'authenticate']) {
  t.test(`refuses an authenticator without a valid "${member}"`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(guard)
    const lame = { ...keyAuthenticator(), [member]: undefined }
    throwsLike(t, () => app.guard.addAuthenticator(lame), { name: 'TypeError', message: new RegExp(`"${member}"`) })
  })
}

for (const [member, values] of Object.entries({
  challengeParameters: [
    null,
    'algs="ES256"',
    ['ES256'],
    { algs: 1 },
    { algs: '' },
    { algs: 'a"b' },
    { algs: 'a\r\nb' },
    { 'a b': 'c' },
    { error: 'invalid_token' },
    { Scope: 'all' },
    { resource_metadata: 'https://evil.example' }
  ],
  resourceMetadata: [null, 'a', ['a'], { a: 1 }, { a: [1] }, { a: [''] }, { a: null }, { a: {} }]
})) {
  for (const value of values) {
    t.test(`refuses an authenticator with ${JSON.stringify(value)} as its ${member} (SEC-153)`, async (t) => {
      const app = Fastify()
      t.teardown(() => app.close())
      await app.register(guard)
      const lame = { ...keyAuthenticator(), [member]: value }
      throwsLike(t, () => app.guard.addAuthenticator(lame), { name: 'TypeError', message: new RegExp(`"${member}"`) })
    })
  }
}

t.test('documents only the security schemes that a registered authenticator accepts', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, { scopes: { a: 'Anything' } })
  const flows = { password: { tokenUrl: '/token', scopes: app.guard.scopes } }
  app.guard.addSecurityScheme({ name: 'oauth2', opens: 'key', definition: () => ({ type: 'oauth2', flows }) })
  app.guard.addSecurityScheme({ name: 'other', opens: 'else', definition: () => ({ type: 'oauth2', flows }) })
  t.same(app.guard.securitySchemes(), [])
  app.guard.addAuthenticator(keyAuthenticator())
  t.same(
    app.guard.securitySchemes().map((scheme) => [scheme.name, scheme.definition()]),
    [
      ['oauth2', { type: 'oauth2', flows: { password: { tokenUrl: '/token', scopes: { a: 'Anything' } } } }],
      ['key', { type: 'http', scheme: 'key' }]
    ]
  )
})
