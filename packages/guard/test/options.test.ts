import Fastify from 'fastify'
import t from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import guard, { everyone, type GuardOptions } from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

const IDENTIFIER = 'must be an https URL (or http on loopback) without query and fragment, as a URL parser writes it'
const DOCUMENTATION = '.documentation must be the http or https URL of a page; got'
const RESOURCE = { identifier: 'https://api.example.com' }

const wrong: { name: string; options: object; says: string }[] = [
  {
    name: 'an option that does not exist',
    options: { scope: {} },
    says: '@latchkey/guard: scope does not exist. Fix: write scopes'
  },
  {
    name: 'scopes as a list',
    options: { scopes: ['a'] },
    says: '@latchkey/guard: scopes must map each scope to a description; got a list'
  },
  {
    name: 'a scope without a description',
    options: { scopes: { a: 1 } },
    says: '@latchkey/guard: scopes must map each scope to a description; got an object'
  },
  {
    name: 'a scope that is not a token',
    options: { scopes: { 'a b': 'Two' } },
    says: '@latchkey/guard: scopes must have only scope tokens (RFC 6749 §3.3) as keys'
  },
  {
    name: 'implied scopes as a string',
    options: { implies: { a: 'b' } },
    says: '@latchkey/guard: implies must map scopes to lists of scopes; got an object'
  },
  {
    name: 'a hierarchy that names an unknown scope',
    options: { scopes: { a: 'A' }, implies: { a: ['b'] } },

    says: '@latchkey/guard: implies must name only scopes that the option scopes describes; "b" is none of them'
  },
  {
    name: 'a hierarchy of numbers',
    options: { implies: { a: [1] } },

    says: '@latchkey/guard: implies must name only scopes that the option scopes describes; "1" is none of them'
  },
  {
    name: 'routes with a bare scope',
    options: { routes: { '/': 'a' } },
    says: '@latchkey/guard: routes must map route patterns to rules (everyone, allOf(...), ...); got an object'
  },
  {
    name: 'null as routes',
    options: { routes: null },
    says: '@latchkey/guard: routes must map route patterns to rules (everyone, allOf(...), ...); got null'
  },
  {
    name: 'permissions that are not a function',
    options: { permissions: [] },
    says: '@latchkey/guard: permissions must be a function; got an empty list'
  },
  {
    name: 'an unknown value of undeclared',
    options: { undeclared: 'open' },
    says: "@latchkey/guard: undeclared must be 'deny' or 'allow'; got a string"
  },
  {
    name: 'a clock that is a number',
    options: { now: 0 },
    says: '@latchkey/guard: now must be a function; got a number'
  },
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
    ' https://api.example.com'
  ].map((resource) => ({
    name: `${JSON.stringify(resource)} as the resource`,
    options: { resource },
    says: `@latchkey/guard: resource ${IDENTIFIER}; got a string`
  })),
  ...(
    [
      [['https://api.example.com'], ' must be an object with identifier, name, documentation; got a list'],
      [null, ` ${IDENTIFIER}; got null`],
      [{}, `.identifier ${IDENTIFIER}; got undefined`],
      [{ identifier: 'https://api.example.com/?' }, `.identifier ${IDENTIFIER}; got a string`],
      [{ ...RESOURCE, name: '' }, '.name must be a non-empty string; got an empty string'],
      [{ ...RESOURCE, name: 1 }, '.name must be a non-empty string; got a number'],
      [{ ...RESOURCE, documentation: 'javascript:alert(1)' }, `${DOCUMENTATION} a string`],
      [{ ...RESOURCE, documentation: '/docs' }, `${DOCUMENTATION} a string`],
      [{ ...RESOURCE, documentation: 1 }, `${DOCUMENTATION} a number`],
      [
        { ...RESOURCE, policy: 'https://api.example.com/policy' },
        '.policy does not exist. Fix: use one of identifier, name, documentation'
      ]
    ] as const
  ).map(([resource, fault]) => ({
    name: `${JSON.stringify(resource)} as the resource`,
    options: { resource },
    says: `@latchkey/guard: resource${fault}`
  }))
]

for (const { name, options, says } of wrong) {
  t.test(`refuses ${name} at registration (SEC-153)`, async (t) => {
    const app = Fastify()
    const error: unknown = await app.register(guard, options as GuardOptions).then(
      () => undefined,
      (error: unknown) => error
    )
    t.ok(error instanceof TypeError)
    like(t, error, { code: 'LATCHKEY_REGISTRATION', message: says })
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

t.test('refuses a second authenticator of the same scheme', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  throwsLike(t, () => app.guard.addAuthenticator(keyAuthenticator()), {
    message: 'app.guard.addAuthenticator(): an authenticator of the scheme "key" is registered already'
  })
})

const ARGUMENT = 'app.guard.addAuthenticator(): argument "authenticator"'

for (const [member, sentence] of [
  ['scheme', 'must be a non-empty string; got undefined'],
  ['challenge', 'must be a non-empty string or null; got undefined'],
  ['ambient', 'must be true or false; got undefined'],
  ['header', 'must be a non-empty string; got undefined'],
  ['securitySchemes', 'must be an object; got undefined'],
  ['authenticate', 'must be a function; got undefined']
] as const) {
  t.test(`refuses an authenticator without a valid "${member}"`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(guard)
    const lame = { ...keyAuthenticator(), [member]: undefined }
    throwsLike(t, () => app.guard.addAuthenticator(lame), {
      name: 'RegistrationError',
      message: `${ARGUMENT}.${member} ${sentence}`
    })
  })
}

for (const [member, sentence, values] of [
  [
    'challengeParameters',
    'must map names of parameters to values that a challenge may have',
    [
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
    ]
  ],
  [
    'resourceMetadata',
    'must map names to strings, lists of strings, true or false',
    [null, 'a', ['a'], { a: 1 }, { a: [1] }, { a: [''] }, { a: null }, { a: {} }]
  ],
  ['specific', 'must be true or false', [null, 'a', {}]],
  ['secretPattern', 'must be a regular expression', [null, 'a', {}]]
] as const) {
  for (const value of values) {
    t.test(`refuses an authenticator with ${JSON.stringify(value)} as its ${member} (SEC-153)`, async (t) => {
      const app = Fastify()
      t.teardown(() => app.close())
      await app.register(guard)
      const lame = { ...keyAuthenticator(), [member]: value }
      const got =
        value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'string' ? 'a string' : 'an object'
      throwsLike(t, () => app.guard.addAuthenticator(lame), {
        name: 'RegistrationError',
        message: `${ARGUMENT}.${member} ${sentence}; got ${got}`
      })
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
