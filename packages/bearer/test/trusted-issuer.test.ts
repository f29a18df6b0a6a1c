import bearer, { type BearerOptions } from '@latchkey/bearer'
import guard from '@latchkey/guard'
import Fastify from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { issuer } from './fixtures/issuer.ts'
import { honoured, present, serve } from './fixtures/server.ts'

/** Returns why a server with these options does not start. */
async function fault(options: unknown): Promise<unknown> {
  const app = Fastify()
  await app.register(guard)
  try {
    await app.register(bearer, options as BearerOptions) // only JavaScript can pass some of these
  } catch (error) {
    return error
  }
  return undefined
}

/** Finds keys, but its `atHand` is not a function. */
const FINDER = { find: () => null, atHand: true }

const notIssuers = '@latchkey/bearer: issuers must be a list of at least one trusted issuer; got'
const notAnIssuer =
  '@latchkey/bearer: issuers[0] must be an object with issuer, audience, algorithms, jwks, jwksUri, typ, introspection, scopes, rolesClaim, isRevoked, dpop; got'

for (const [name, options, message] of [
  ['no options', {}, `${notIssuers} undefined`],
  ['no issuer', { issuers: [] }, `${notIssuers} an empty list`],
  ['an issuer outside a list', { issuers: { issuer: 'x' } }, `${notIssuers} an object`],
  ['an issuer by its name alone', { issuers: ['https://login.example.com'] }, `${notAnIssuer} a string`],
  ['an issuer that is null', { issuers: [null] }, `${notAnIssuer} null`],
  ['an unknown option', { issuer: [] }, '@latchkey/bearer: issuer does not exist. Fix: write issuers'],
  [
    'an option that turns verification off',
    { verify: false },
    '@latchkey/bearer: verify does not exist. Fix: use one of issuers, clockTolerance, maxTokenAge, remember, dpop, now'
  ],
  [
    'a misspelt option',
    { clocktolerance: 5 },
    '@latchkey/bearer: clocktolerance does not exist. Fix: write clockTolerance'
  ]
] as const) {
  t.test(`does not start with ${name} (SEC-153)`, async (t) => {
    like(t, await fault(options), { code: 'LATCHKEY_REGISTRATION', message })
  })
}

for (const [option, sentence, values] of [
  [
    'clockTolerance',
    'must be a whole number of seconds from 0 to 60',
    [-1, 61, 0.5, '30', null, Number.NaN, Number.POSITIVE_INFINITY, {}]
  ],
  ['maxTokenAge', 'must be a whole number of seconds from 1 to 31536000', [0, -1, 0.5, '3600', null, 31_536_001, true]],
  [
    'remember',
    'must be a whole number of tokens from 1 to 1000000, or false',
    [0, -1, 0.5, '100', null, 1_000_001, true]
  ],
  ['now', 'must be a function', [1_800_000_000, 'now', null, new Date(0)]]
] as const) {
  for (const value of values) {
    t.test(`does not start with ${option} ${show(value)} (SEC-47, SEC-153)`, async (t) => {
      const { trusted } = await issuer()
      const message = `@latchkey/bearer: ${option} ${sentence}; got ${kindOf(value)}`
      like(t, await fault({ issuers: [trusted], [option]: value }), { code: 'LATCHKEY_REGISTRATION', message })
    })
  }
}

const AUDIENCE = "must be this server's own identifier, a string or a list of strings (no pattern)"
const ALGORITHM = 'must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519'

for (const [member, code, sentence, values] of [
  [
    'issuer',
    'SEC-56',
    'must be the exact "iss" of its tokens, a non-empty string',
    [undefined, null, '', 7, /example/, ['https://login.example.com'], new URL('https://x.example')]
  ],
  ['audience', 'SEC-57', AUDIENCE, [undefined, null, '', [], 7, {}]],
  ['audience', 'SEC-56', AUDIENCE, [/example/g]],
  ['audience[0]', 'SEC-57', 'must be a non-empty string', [[''], [7], [null]]],
  ['audience[0]', 'SEC-56', 'must be a non-empty string', [[/example/]]],
  ['audience[1]', 'SEC-56', 'must be a non-empty string', [['https://api.example.com', /example/]]],
  ['algorithms', 'SEC-42', 'must be a list of at least one signature algorithm', [[], 'ES256', null]],
  ['algorithms[0]', 'SEC-42', ALGORITHM, [['none'], ['HS256'], ['es256'], [7], ['ES257']]],
  ['algorithms[1]', 'SEC-42', ALGORITHM, [['ES256', 'HS512']]],
  ['isRevoked', 'SEC-49', 'must be a function', [null, true, 'jti', {}, new Set()]],
  [
    'jwks',
    'SEC-53',
    'must be a JSON Web Key Set, a function that returns one, or an object that finds keys (remoteKeySet)',
    [null, '', 'https://login.example.com/jwks', {}, [], { keys: {} }, new URL('x:y'), { find: 1 }, FINDER]
  ],
  ['typ', 'SEC-44', "must be 'at+jwt' or 'JWT'", ['jwt', 'at+JWT', '', null, true, ['at+jwt'], 'ID']],
  ['scopes', 'SEC-153', 'must be a function', [null, 'scp', ['items:read'], {}]]
] as const) {
  for (const value of values) {
    const [, name = '', at] = /^(\w+)(?:\[(\d)\])?$/.exec(member) ?? []
    t.test(`does not start with an issuer whose ${name} is ${show(value)} (${code}, SEC-153)`, async (t) => {
      const { trusted } = await issuer()
      const wrong: unknown = at === undefined ? value : Object(value)[at]
      const message = `@latchkey/bearer: issuers[1].${member} ${sentence}; got ${kindOf(wrong)}`
      const issuers = [trusted, { ...trusted, issuer: 'https://second.example.com', [name]: value }]
      like(t, await fault({ issuers }), { code: 'LATCHKEY_REGISTRATION', message })
    })
  }
}

t.test('does not start with a restriction whose name is misspelt (SEC-153)', async (t) => {
  const { trusted } = await issuer()
  const misspelt = { ...trusted, algorithm: ['ES256'] }
  const message = '@latchkey/bearer: issuers[0].algorithm does not exist. Fix: write algorithms'
  like(t, await fault({ issuers: [misspelt] }), { code: 'LATCHKEY_REGISTRATION', message })
})

const ISSUE =
  'issue does not exist. Fix: use one of issuer, audience, algorithms, jwks, jwksUri, typ, introspection, scopes, rolesClaim, isRevoked, dpop'

for (const [name, misspelt, message] of [
  [
    'a restriction beside isRevoked',
    { isRevoked: () => false, algoritms: ['ES256'] },
    'algoritms does not exist. Fix: write algorithms'
  ],
  [
    'a restriction beside a function that returns the keys',
    { jwks: () => ({ keys: [] }), algoritms: ['ES256'] },
    'algoritms does not exist. Fix: write algorithms'
  ],
  [
    'a restriction beside scopes',
    { scopes: () => [], algoritms: ['ES256'] },
    'algoritms does not exist. Fix: write algorithms'
  ],
  [
    'a function beside another',
    { jwks: () => ({ keys: [] }), isRevokd: () => true },
    'isRevokd does not exist. Fix: write isRevoked'
  ],
  [
    'a restriction in an object without a prototype',
    { __proto__: null, isRevoked: () => false, algoritms: ['ES256'] },
    'algoritms does not exist. Fix: write algorithms'
  ],
  [
    'a restriction beside something that is issued',
    { issue: 'now', isRevoked: () => false, algoritms: ['ES256'] },
    ISSUE
  ],
  ['a restriction beside keys that do not come from a method', { issue: async () => '', algoritms: ['ES256'] }, ISSUE]
] as const) {
  t.test(`does not start with the misspelt name of ${name} (SEC-153)`, async (t) => {
    const { trusted } = await issuer()
    const entry = Object.assign(Object.create(Object.getPrototypeOf(misspelt)), { ...trusted, ...misspelt })
    like(t, await fault({ issuers: [entry] }), {
      code: 'LATCHKEY_REGISTRATION',
      message: `@latchkey/bearer: issuers[0].${message}`
    })
  })
}

t.test('ignores other members of an issuer that issues tokens itself and of an instance of a class', async (t) => {
  const { trusted, jwk, sign } = await issuer()
  const jwks = (): { keys: object[] } => ({ keys: [jwk] })
  const endpoint = Object.freeze({ ...trusted, jwks, issue: async () => '', grantTypes: ['password'], throttle: null })
  class Issuer {
    readonly issuer = trusted.issuer
    readonly audience = trusted.audience
    readonly jwks = jwks
    readonly grantTypes = ['password']
  }
  for (const entry of [endpoint, { ...endpoint, maxAge: 60 }, new Issuer()]) {
    const app = await serve(t, { issuers: [entry] })
    t.same(await present(app, await sign()), honoured)
  }
})

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  if (typeof value !== 'object') return `a ${typeof value}`
  if (!Array.isArray(value)) return value instanceof Set ? 'an iterable object' : 'an object'
  return value.length === 0 ? 'an empty list' : 'a list'
}

function show(value: unknown): string {
  return value instanceof RegExp ? String(value) : value === undefined ? 'missing' : JSON.stringify(value)
}

t.test('does not start with two issuers with the same name (SEC-153)', async (t) => {
  const { trusted } = await issuer()
  const message = '@latchkey/bearer: issuers[1].issuer is that of an earlier entry. Fix: merge the two'
  like(t, await fault({ issuers: [trusted, { ...trusted }] }), { code: 'LATCHKEY_REGISTRATION', message })
})

t.test('does not start with configured keys that cannot verify a token (SEC-43, SEC-153)', async (t) => {
  const { trusted, jwk } = await issuer()
  const message =
    '@latchkey/bearer: issuers[0].jwks has no public key for the algorithms of this issuer. Fix: name others in algorithms, or give other keys'
  for (const entry of [
    { ...trusted, jwks: { keys: [] } },
    { ...trusted, jwks: { keys: [{ ...jwk, alg: 'ES384' }] } },
    { ...trusted, jwks: { keys: [{ ...jwk, d: 'AA' }] } },
    { ...trusted, algorithms: ['RS256'] }
  ]) {
    like(t, await fault({ issuers: [entry] }), { code: 'LATCHKEY_REGISTRATION', message })
  }
})

t.test('starts while the keys of an issuer are not available', async (t) => {
  const { trusted } = await issuer()
  const jwks = async (): Promise<never> => {
    throw new Error('down')
  }
  t.equal(await fault({ issuers: [{ ...trusted, jwks }] }), undefined)
})

t.test('copies its options and does not change them (SEC-153)', async (t) => {
  const { trusted, jwk, sign } = await issuer()
  const audience = ['https://api.example.com']
  const algorithms = ['ES256']
  const keys = [{ ...jwk }]
  const isRevoked = (): boolean => false
  const entry = { ...trusted, audience, algorithms, jwks: { keys }, isRevoked }
  const issuers = [entry]
  const options = { issuers }
  const app = await serve(t, options)
  t.same(options, { issuers: [{ ...trusted, audience, algorithms, jwks: { keys: [jwk] }, isRevoked }] })
  t.notOk([options, issuers, entry, audience, algorithms, keys].some((value) => Object.isFrozen(value)))
  entry.issuer = 'https://evil.example'
  entry.isRevoked = () => true
  audience.length = 0
  algorithms.length = 0
  keys.length = 0
  issuers.length = 0
  t.same(await present(app, await sign()), honoured)
})

const NOT_PUBLIC = [
  'http://login.example.com',
  'file:///etc/passwd',
  'login.example.com',
  'https://user:pass@x.example'
]

for (const jwksUri of [...NOT_PUBLIC, '', null, 7, {}]) {
  t.test(`does not start with an issuer whose jwksUri is ${show(jwksUri)} (SEC-140, SEC-153)`, async (t) => {
    const message = `@latchkey/bearer: issuers[0].jwksUri must be an https URL without credentials and fragment (http only on 127.0.0.1, [::1] and localhost); got ${kindOf(jwksUri)}`
    const entry = { issuer: 'any', audience: 'https://api.example.com', jwksUri }
    like(t, await fault({ issuers: [entry] }), { code: 'LATCHKEY_REGISTRATION', message })
  })
}

for (const name of [...NOT_PUBLIC, 'https://login.example.com/?tenant=7', 'any']) {
  t.test(`does not start with an issuer "${name}" whose keys need discovery (SEC-140, SEC-153)`, async (t) => {
    const message =
      '@latchkey/bearer: issuers[0].issuer must be an https URL without a query, so that its keys can be discovered. Fix: give jwks or jwksUri'
    const entry = { issuer: name, audience: 'https://api.example.com' }
    like(t, await fault({ issuers: [entry] }), { code: 'LATCHKEY_REGISTRATION', message })
  })
}

t.test('does not start with an issuer whose keys come from two places (SEC-153)', async (t) => {
  const { trusted } = await issuer()
  const message = '@latchkey/bearer: issuers[0].jwksUri cannot be combined with jwks. Fix: choose one of them'
  const entry = { ...trusted, jwksUri: 'https://login.example.com/jwks' }
  like(t, await fault({ issuers: [entry] }), { code: 'LATCHKEY_REGISTRATION', message })
})
