import Fastify from 'fastify'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import guard, { InvalidOptionError } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { type Client, hashClientSecret, type TokenEndpointOptions } from '@latchkey/token-endpoint'
import { type Answer, issuer, key, server, toyGrant } from './fixtures/server.ts'

const options = (): TokenEndpointOptions => ({ issuer, audience: issuer, keys: [key], store: memoryStore() })

t.test('supports only refresh_token until another package adds a grant', async (t) => {
  const { app, login } = await server({}, { grants: [] })
  t.same(app.tokenEndpoint.grantTypes, ['refresh_token'])
  like(t, await login(), { status: 400, body: { error: 'unsupported_grant_type' } })
})

t.test('an option of undefined counts as missing', async (t) => {
  const left = {
    resources: undefined,
    clients: undefined,
    defaultClientId: undefined,
    accessTokenLifetime: undefined,
    path: undefined
  }
  const more = { refreshTokenLifetime: { idle: undefined }, refreshGracePeriod: undefined, now: undefined }
  const app = Fastify()
  // The types forbid undefined; JavaScript callers may pass it.
  await app.register(tokenEndpoint, { ...options(), ...left, ...more } as object as TokenEndpointOptions)
  app.tokenEndpoint.addGrant(toyGrant)
  const post = (payload: string) =>
    app.inject({
      method: 'POST',
      url: '/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload
    })
  const login = await post('grant_type=password&username=alice&password=opensesame')
  const { expires_in, access_token, refresh_token } = login.json<Answer['body']>()
  const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString())
  t.same([expires_in, claims.exp - claims.iat], [600, 600])
  t.equal((await post(`grant_type=refresh_token&refresh_token=${refresh_token}`)).statusCode, 200)
})

t.test('app.tokenEndpoint has issuer, audience, algorithms and keys after the registration', async (t) => {
  const app = Fastify()
  await app.register(tokenEndpoint, { ...options(), audience: 'urn:items' })
  like(t, app.tokenEndpoint, { issuer, audience: 'urn:items', algorithms: ['ES256'] })
  t.equal(app.tokenEndpoint.jwks().keys.length, 1)
  t.ok(Object.isFrozen(app.tokenEndpoint))
})

t.test('a second registration in one context is refused; child contexts are separate (FAULT-34)', async (t) => {
  const app = Fastify()
  await app.register(tokenEndpoint, options())
  await rejectsLike(t, async () => app.register(tokenEndpoint, options()), {
    code: 'LATCHKEY_TOKEN_ENDPOINT_REGISTRATION'
  })
  const apart = Fastify()
  await apart.register(tokenEndpoint, options())
  await apart.register(
    async (child) => {
      await child.register(tokenEndpoint, { ...options(), issuer: 'https://tenant.example', path: '/tenant/token' })
      t.equal(child.tokenEndpoint.issuer, 'https://tenant.example')
    },
    { prefix: '/inner' }
  )
  t.equal(apart.tokenEndpoint.issuer, issuer)
})

t.test('the path of the token endpoint is configurable', async (t) => {
  const { app, login } = await server({ path: '/oauth2/token' })
  like(t, await login({}, { url: '/oauth2/token' }), { status: 200 })
  t.equal((await app.inject({ method: 'POST', url: '/token' })).statusCode, 404)
})

t.test('does not change its options, and ignores later changes (SEC-153)', async (t) => {
  const grantTypes = ['password']
  const clients: Client[] = [{ clientId: 'a', grantTypes }]
  const keys = [key]
  const given = Object.freeze({ ...options(), clients, keys })
  const app = Fastify()
  await app.register(tokenEndpoint, given)
  app.tokenEndpoint.addGrant(toyGrant)
  clients.push({ clientId: 'b', grantTypes })
  grantTypes.push('refresh_token')
  keys.pop()
  const answer = await app.inject({
    method: 'POST',
    url: '/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'grant_type=password&username=alice&password=opensesame'
  })
  t.equal(answer.statusCode, 200, 'the client and the key remain')
  t.notOk('refresh_token' in answer.json())
})

const good: Client = { clientId: 'a', grantTypes: ['password'] }
const secret = hashClientSecret('9f86d081884c7d659a2feaa0c55ad015')
const faults: [name: string, option: string, value: unknown, message?: RegExp][] = [
  ['an unknown option', 'isuer', issuer, /does not exist/],
  ['verify: false', 'verify', false, /does not exist/],
  ...['', 'api.example.com', 'http://api.example.com', 'https://api.example.com?a', 'https://api.example.com#a'].map(
    (value): [string, string, unknown] => [`the issuer "${value}"`, 'issuer', value]
  ),
  ...[
    'https://a:b@api.example.com',
    'https://a@api.example.com',
    'https://API.example.com',
    'https://api.example.com:443'
  ].map((value): [string, string, unknown] => [`the issuer "${value}"`, 'issuer', value]),
  ...['https://api.example.com/a//b', 'https://api.example.com/:a', 'https://api.example.com/*', 'ftp://localhost'].map(
    (value): [string, string, unknown] => [`the issuer "${value}"`, 'issuer', value]
  ),
  ['the issuer "http://127.0.0.1.evil.example"', 'issuer', 'http://127.0.0.1.evil.example'],
  ['an issuer that is an object', 'issuer', new URL(issuer)],
  ['no issuer', 'issuer', undefined],
  ['no audience', 'audience', undefined, /must be a text without spaces/],
  ['an empty audience', 'audience', ''],
  ['a list of audiences', 'audience', [issuer]],
  ['resources as a text', 'resources', issuer, /must be a list of absolute URIs without a fragment/],
  ['a relative resource', 'resources', ['/items']],
  ['a resource with a fragment', 'resources', ['https://items.example#a']],
  ['a resource that is an object', 'resources', [new URL(issuer)]],
  ['no keys', 'keys', undefined],
  ['no store', 'store', undefined, /memoryStore/],
  ['a store without refresh tokens', 'store', { revocations: memoryStore().revocations }],
  [
    'a store without revocations',
    'store',
    { refreshTokens: memoryStore().refreshTokens },
    /have refreshTokens and rev/
  ],
  [
    'a store without rotate()',
    'store',
    { ...memoryStore(), refreshTokens: { ...memoryStore().refreshTokens, rotate: undefined } }
  ],
  ['no clients', 'clients', []],
  ['clients as an object', 'clients', { a: good }],
  ['a client that is a text', 'clients', ['a'], /holds a client that is no object/],
  ['a client that is null', 'clients', [null]],
  ['a client without an identifier', 'clients', [{ grantTypes: [] }]],
  ['a client with an empty identifier', 'clients', [{ ...good, clientId: '' }]],
  ['a client identifier with a line break', 'clients', [{ ...good, clientId: 'a\nb' }]],
  ['a client with a plain secret', 'clients', [{ ...good, clientSecretHash: 'secret' }], /hashClientSecret\(\)/],
  ['a client with a misspelt member', 'clients', [{ ...good, clientSecret: 'x' }], /unknown member "clientSecret"/],
  [
    'a client with an unknown authentication method',
    'clients',
    [{ ...good, tokenEndpointAuthMethod: 'private_key_jwt' }]
  ],
  [
    'a client identifier that is too long for a subject',
    'clients',
    [
      {
        clientId: 'a'.repeat(249),
        clientSecretHash: hashClientSecret('k3Yq8Zt2mVwR4nB6yLp9sDfH7jKc5Ga1'),
        grantTypes: ['client_credentials']
      }
    ]
  ],
  ['a client without grant types', 'clients', [{ clientId: 'a' }]],
  ['a client with grant types as a text', 'clients', [{ ...good, grantTypes: 'password' }]],
  ['a client with an empty grant type', 'clients', [{ ...good, grantTypes: [''] }]],
  ['a client with scopes as a text', 'clients', [{ ...good, scopes: 'a b' }]],
  ['a client with an invalid scope', 'clients', [{ ...good, defaultScopes: ['a b'] }]],
  ['a client with introspects as a text', 'clients', [{ ...good, introspects: 'a' }], /introspects is no list/],
  ['a client with introspects as numbers', 'clients', [{ ...good, introspects: [1] }]],
  ['a client with resources as a text', 'clients', [{ ...good, resources: issuer }], /resources are no list of texts/],
  ['a client with a resource that is an object', 'clients', [{ ...good, resources: [new URL(issuer)] }]],
  ['a client with disabled as a text', 'clients', [{ ...good, disabled: 'no' }], /disabled is neither true nor false/],
  ['an invalid client after a valid one', 'clients', [good, {}]],
  ['two clients with one identifier', 'clients', [good, good], /two clients with the same clientId/],
  ['an unknown default client', 'defaultClientId', 'b', /must be the clientId of a client without a secret/],
  ['a default client that is a number', 'defaultClientId', 1],
  ['an access token lifetime of 0', 'accessTokenLifetime', 0],
  ['an access token lifetime above a day', 'accessTokenLifetime', 86_401],
  ['an access token lifetime as a text', 'accessTokenLifetime', '10 minutes'],
  ['a refresh token lifetime as a number', 'refreshTokenLifetime', 600, /\{ idle, absolute \}/],
  ['a refresh token lifetime of null', 'refreshTokenLifetime', null],
  ['an idle lifetime of 0', 'refreshTokenLifetime', { idle: 0 }],
  ['an absolute lifetime of 0', 'refreshTokenLifetime', { idle: 1, absolute: 0 }],
  ['an idle lifetime above the absolute one', 'refreshTokenLifetime', { idle: 2, absolute: 1 }],
  ['an unknown lifetime', 'refreshTokenLifetime', { total: 1 }, /other than idle and absolute/],
  ['a grace period of 61 seconds', 'refreshGracePeriod', 61],
  ['a negative grace period', 'refreshGracePeriod', -1],
  ['a path without a leading slash', 'path', 'token'],
  ['a path with a dot segment', 'path', '/a/../token'],
  ['a path with a parameter', 'path', '/:tenant/token'],
  ['a path that is a list', 'path', ['/token']],
  ['a revocation path without a leading slash', 'revocationPath', 'revoke'],
  ['an introspection path without a leading slash', 'introspectionPath', 'introspect'],
  ['a list as subjectIsActive', 'subjectIsActive', ['alice']],
  ['a number as revocations', 'revocations', 500, /\{ interval, staleAfter \}/],
  ['null as revocations', 'revocations', null],
  ['a misspelt member of revocations', 'revocations', { intervall: 500 }],
  ['an interval below 10 ms', 'revocations', { interval: 9 }],
  ['an interval as a text', 'revocations', { interval: '500' }],
  [
    'a staleAfter that is not above the interval',
    'revocations',
    { interval: 5_000, staleAfter: 5_000 },
    /above its interval/
  ],
  ['a staleAfter of more than ten minutes', 'revocations', { staleAfter: 600_001 }],
  ['insecureAcceptStale as a text', 'revocations', { insecureAcceptStale: 'yes' }, /true or false/],
  ['a clock that is a number', 'now', 1]
]
for (const [name, option, value, message] of faults) {
  t.test(`refuses ${name} when the server starts (SEC-153)`, async (t) => {
    const app = Fastify()
    const given = { ...options(), [option]: value }
    const error = await Promise.resolve(app.register(tokenEndpoint, given)).then(
      () => null,
      (error: unknown) => error
    )
    t.ok(error instanceof InvalidOptionError)
    like(t, error, { message: new RegExp(`^@latchkey/token-endpoint: option "${option}"`) })
    like(t, error, { message: message ?? /./ })
  })
}

t.test('refuses a default client that has a secret (SEC-11)', async (t) => {
  const clients = [{ ...good, clientSecretHash: secret }]
  await t.rejects(
    async () => Fastify().register(tokenEndpoint, { ...options(), clients, defaultClientId: 'a' }),
    /"defaultClientId"/
  )
})

for (const value of [
  'http://localhost:3000',
  'http://127.0.0.1:3000',
  'http://[::1]',
  'https://api.example.com/',
  'https://api.example.com/a/b_c'
]) {
  t.test(`accepts ${value} as an issuer (SEC-30)`, async (t) => {
    const app = Fastify()
    await app.register(tokenEndpoint, { ...options(), issuer: value })
    t.equal(app.tokenEndpoint.issuer, value)
  })
}

t.test('works next to a guard without using it', async (t) => {
  const app = Fastify()
  await app.register(guard, {})
  await app.register(tokenEndpoint, options())
  await app.ready()
  t.equal((await app.inject('/jwks')).statusCode, 200)
})

t.test('warns at the start about grant types of clients that no grant has', async (t) => {
  const lines: string[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => void lines.push(line) } }
  const clients: Client[] = [{ clientId: 'a', grantTypes: ['password', 'pasword', 'refresh_token'] }]
  await (await server({ clients }, { fastify: { logger } })).app.ready()
  like(t, lines, [/clients may use grant types that no registered plugin adds: pasword"/])
  t.equal(lines.length, 1)
})
