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

/** Finds keys, but its `holds` is not a function. */
const FINDER = { find: () => null, holds: true }

const notIssuers = '@latchkey/bearer: option "issuers" must be a list of at least one trusted issuer'
const notAnIssuer = '@latchkey/bearer: option "issuers" [0] must be an object with issuer and audience'

for (const [name, options, message] of [
  ['no options', {}, notIssuers],
  ['no issuer', { issuers: [] }, notIssuers],
  ['an issuer outside a list', { issuers: { issuer: 'x' } }, notIssuers],
  ['an issuer by its name alone', { issuers: ['https://login.example.com'] }, notAnIssuer],
  ['an issuer that is null', { issuers: [null] }, notAnIssuer],
  ['an unknown option', { issuer: [] }, /option "issuer" does not exist: the options are issuers, /],
  ['an option that turns verification off', { verify: false }, /option "verify" does not exist/],
  ['a misspelt option', { clocktolerance: 5 }, /option "clocktolerance" does not exist/]
] as const) {
  t.test(`does not start with ${name} (SEC-153)`, async (t) => {
    like(t, await fault(options), { code: 'LATCHKEY_INVALID_OPTION', message })
  })
}

for (const [option, values] of Object.entries<readonly unknown[]>({
  clockTolerance: [-1, 61, 0.5, '30', null, Number.NaN, Number.POSITIVE_INFINITY, {}],
  maxTokenAge: [0, -1, 0.5, '3600', null, 31_536_001, true],
  remember: [0, -1, 0.5, '100', null, 1_000_001, true],
  now: [1_800_000_000, 'now', null, new Date(0)]
})) {
  for (const value of values) {
    t.test(`does not start with ${option} ${String(value)} (SEC-47, SEC-153)`, async (t) => {
      const { trusted } = await issuer()
      const message = new RegExp(`^@latchkey/bearer: option "${option}" must be `)
      like(t, await fault({ issuers: [trusted], [option]: value }), { code: 'LATCHKEY_INVALID_OPTION', message })
    })
  }
}

for (const [member, code, values] of [
  [
    'issuer',
    'SEC-56',
    [undefined, null, '', 7, /example/, ['https://login.example.com'], new URL('https://x.example')]
  ],
  ['audience', 'SEC-57', [undefined, null, '', [], [''], 7, {}, [7], [null]]],
  ['audience', 'SEC-56', [/example/g, [/example/], ['https://api.example.com', /example/]]],
  ['algorithms', 'SEC-42', [[], ['none'], ['HS256'], ['ES256', 'HS512'], ['es256'], 'ES256', null, [7], ['ES257']]],
  ['isRevoked', 'SEC-49', [null, true, 'jti', {}, new Set()]],
  [
    'jwks',
    'SEC-53',
    [null, '', 'https://login.example.com/jwks', {}, [], { keys: {} }, new URL('x:y'), { find: 1 }, FINDER]
  ],
  ['typ', 'SEC-44', ['jwt', 'at+JWT', '', null, true, ['at+jwt'], 'ID']],
  ['scopes', 'SEC-153', [null, 'scp', ['items:read'], {}]]
] as const) {
  for (const value of values) {
    t.test(`does not start with an issuer whose ${member} is ${show(value)} (${code}, SEC-153)`, async (t) => {
      const { trusted } = await issuer()
      const message = new RegExp(`^@latchkey/bearer: option "issuers" \\[1\\]\\.${member} must be `)
      const issuers = [trusted, { ...trusted, issuer: 'https://second.example.com', [member]: value }]
      like(t, await fault({ issuers }), { code: 'LATCHKEY_INVALID_OPTION', message })
    })
  }
}

t.test('does not start with a restriction whose name is misspelt (SEC-153)', async (t) => {
  const { trusted } = await issuer()
  const misspelt = { ...trusted, algorithm: ['ES256'] }
  const message =
    '@latchkey/bearer: option "issuers" [0].algorithm does not exist: the members are issuer, audience, algorithms, jwks, jwksUri, typ, introspection, scopes, isRevoked, dpop'
  like(t, await fault({ issuers: [misspelt] }), { code: 'LATCHKEY_INVALID_OPTION', message })
})

for (const [name, misspelt] of [
  ['a restriction beside isRevoked', { isRevoked: () => false, algoritms: ['ES256'] }],
  ['a restriction beside a function that returns the keys', { jwks: () => ({ keys: [] }), algoritms: ['ES256'] }],
  ['a restriction beside scopes', { scopes: () => [], algoritms: ['ES256'] }],
  ['a function beside another', { jwks: () => ({ keys: [] }), isRevokd: () => true }],
  ['a restriction in an object without a prototype', { __proto__: null, isRevoked: () => false, algoritms: ['ES256'] }],
  ['a restriction beside something that is issued', { issue: 'now', isRevoked: () => false, algoritms: ['ES256'] }],
  ['a restriction beside keys that do not come from a method', { issue: async () => '', algoritms: ['ES256'] }]
] as const) {
  t.test(`does not start with the misspelt name of ${name} (SEC-153)`, async (t) => {
    const { trusted } = await issuer()
    const message = /\[0\]\.(?:algoritms|isRevokd|issue) does not exist: the members are issuer, audience, /
    const entry = Object.assign(Object.create(Object.getPrototypeOf(misspelt)), { ...trusted, ...misspelt })
    like(t, await fault({ issuers: [entry] }), { code: 'LATCHKEY_INVALID_OPTION', message })
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

function show(value: unknown): string {
  return value instanceof RegExp ? String(value) : value === undefined ? 'missing' : JSON.stringify(value)
}

t.test('does not start with two issuers with the same name (SEC-153)', async (t) => {
  const { trusted } = await issuer()
  const message = '@latchkey/bearer: option "issuers" [1].issuer is that of an earlier entry: merge the two'
  like(t, await fault({ issuers: [trusted, { ...trusted }] }), { code: 'LATCHKEY_INVALID_OPTION', message })
})

t.test('does not start with configured keys that cannot verify a token (SEC-43, SEC-153)', async (t) => {
  const { trusted, jwk } = await issuer()
  const message = /\[0\]\.jwks holds no public key for the algorithms of this issuer/
  for (const entry of [
    { ...trusted, jwks: { keys: [] } },
    { ...trusted, jwks: { keys: [{ ...jwk, alg: 'ES384' }] } },
    { ...trusted, jwks: { keys: [{ ...jwk, d: 'AA' }] } },
    { ...trusted, algorithms: ['RS256'] }
  ]) {
    like(t, await fault({ issuers: [entry] }), { code: 'LATCHKEY_INVALID_OPTION', message })
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
    const message = '@latchkey/bearer: option "issuers" [0].jwksUri must be an https URL, or an http URL on loopback'
    const entry = { issuer: 'any', audience: 'https://api.example.com', jwksUri }
    like(t, await fault({ issuers: [entry] }), { code: 'LATCHKEY_INVALID_OPTION', message })
  })
}

for (const name of [...NOT_PUBLIC, 'https://login.example.com/?tenant=7', 'any']) {
  t.test(`does not start with an issuer "${name}" whose keys need discovery (SEC-140, SEC-153)`, async (t) => {
    const message =
      /^@latchkey\/bearer: option "issuers" \[0\]\.issuer must be an https URL without a query for its keys/
    const entry = { issuer: name, audience: 'https://api.example.com' }
    like(t, await fault({ issuers: [entry] }), { code: 'LATCHKEY_INVALID_OPTION', message })
  })
}

t.test('does not start with an issuer whose keys come from two places (SEC-153)', async (t) => {
  const { trusted } = await issuer()
  const message = '@latchkey/bearer: option "issuers" [0].jwksUri cannot stand beside jwks: choose one of them'
  const entry = { ...trusted, jwksUri: 'https://login.example.com/jwks' }
  like(t, await fault({ issuers: [entry] }), { code: 'LATCHKEY_INVALID_OPTION', message })
})
