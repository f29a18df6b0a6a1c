import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { generateSigningKey, type SigningAlgorithm } from '@latchkey/token-endpoint'
import { issuer, server } from './fixtures/server.ts'

for (const alg of ['ES256', 'RS256', 'Ed25519', 'EdDSA'] satisfies SigningAlgorithm[]) {
  t.test(`an access token signed with ${alg} has the claims of RFC 9068 (K28, SEC-40)`, async (t) => {
    const key = await generateSigningKey(alg)
    const now = () => 1_700_000_000_999
    const { app, login } = await server({ keys: [key], audience: 'urn:items', accessTokenLifetime: 60, now })
    const { body } = await login({ scope: 'items:read items:write' })
    t.equal(body.expires_in, 60)
    const { payload, protectedHeader } = await jwtVerify(
      body.access_token,
      createLocalJWKSet(app.tokenEndpoint.jwks()),
      {
        currentDate: new Date(now()),
        issuer,
        audience: 'urn:items',
        typ: 'at+jwt'
      }
    )
    t.same(protectedHeader, { typ: 'at+jwt', alg, kid: key.kid })
    const { jti, ...claims } = payload
    t.same(claims, {
      iss: issuer,
      sub: 'alice',
      aud: 'urn:items',
      client_id: 'first-party',
      exp: 1_700_000_060,
      iat: 1_700_000_000,
      scope: 'items:read items:write',
      auth_time: 1_000
    })
    t.match(jti, /^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$/)
  })
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

t.test(
  'tokens of one family share the first part of their jti, and other tokens do not (SEC-36, SEC-40)',
  async (t) => {
    const { login, refresh } = await server()
    const first = await login()
    const second = await refresh(first.body.refresh_token)
    const other = await login()
    const [a, b, c] = [first, second, other].map(({ body }) => String(claimsOf(body.access_token).jti).split('.'))
    t.equal(a?.[0], b?.[0])
    t.not(a?.[1], b?.[1])
    t.not(a?.[0], c?.[0])
  }
)

t.test('generated values are long, URL-safe and unique (SEC-36, RFC 6749 §10.10)', async (t) => {
  const { login } = await server()
  const seen = new Set<string>()
  for (let i = 0; i < 500; i++) {
    const { body } = await login()
    t.match(body.refresh_token, /^[A-Za-z0-9_-]{43}$/)
    seen.add(body.refresh_token).add(claimsOf(body.access_token).jti)
  }
  t.equal(seen.size, 1_000)
})

t.test(
  'sub names the user and client_id the client, also when a client is named like a user (SEC-41, RFC 9700 §4.15.1)',
  async (t) => {
    const { login } = await server({ clients: [{ clientId: 'alice', grantTypes: ['password', 'refresh_token'] }] })
    const { body } = await login({ username: 'bob', client_id: 'alice' })
    like(t, claimsOf(body.access_token), { sub: 'bob', client_id: 'alice' })
  }
)

t.test('issue() issues tokens for tests and other grants', async (t) => {
  const { app } = await server()
  const bare = claimsOf(await app.tokenEndpoint.issue({ subject: 'alice', clientId: 'cli' }))
  like(t, bare, { sub: 'alice', client_id: 'cli', jti: /^[A-Za-z0-9_-]{22}$/ })
  t.notOk('scope' in bare || 'auth_time' in bare)
  const full = { subject: 'alice', clientId: 'cli', scopes: new Set(['a', 'b']), authenticatedAt: 5, familyId: 'f' }
  like(t, claimsOf(await app.tokenEndpoint.issue(full)), { scope: 'a b', auth_time: 5, jti: /^f\./ })
})

for (const [subject, got] of [
  ['', 'an empty string'],
  ['x'.repeat(256), 'a string'],
  [7, 'a number'],
  [undefined, 'undefined']
] as const) {
  t.test(`refuses to issue a token for the subject "${String(subject).slice(0, 9)}" (SEC-23)`, async (t) => {
    // A grant in JavaScript might return these values.
    const granted = { subject: subject as string, scopes: [], authenticatedAt: 0 }
    const { app, login } = await server({}, { grants: [{ grantType: 'password', handle: async () => granted }] })
    await rejectsLike(t, app.tokenEndpoint.issue({ ...granted, clientId: 'a' }), {
      message: `app.tokenEndpoint.issue(): subject must be a string of 1 to 255 characters; got ${got}`
    })
    const { status, body } = await login()
    like(t, [status, body.error], [500, 'server_error'])
  })
}

for (const [name, members, message] of [
  [
    'a member that does not exist',
    { scope: 'items:read' },
    'app.tokenEndpoint.issue(): scope does not exist. Fix: write scopes'
  ],
  [
    'no client',
    { clientId: undefined },
    'app.tokenEndpoint.issue(): clientId must be a non-empty string; got undefined'
  ],
  [
    'a list as the client',
    { clientId: ['cli'] },
    'app.tokenEndpoint.issue(): clientId must be a non-empty string; got a list'
  ],
  [
    'scopes as a text',
    { scopes: 'items:read' },
    'app.tokenEndpoint.issue(): scopes must be a list or a set of scopes; got a string'
  ],
  ['no scopes', { scopes: null }, 'app.tokenEndpoint.issue(): scopes must be a list or a set of scopes; got null'],
  [
    'scopes as an object',
    { scopes: { read: true } },
    'app.tokenEndpoint.issue(): scopes must be a list or a set of scopes; got an object'
  ],
  [
    'a resource that is a number',
    { resources: [1] },
    'app.tokenEndpoint.issue(): resources[0] must be a non-empty string; got a number'
  ],
  [
    'a resource as a text',
    { resources: 'urn:items' },
    'app.tokenEndpoint.issue(): resources must be a list of resources; got a string'
  ],
  [
    'a time that is a date',
    { authenticatedAt: new Date() },
    'app.tokenEndpoint.issue(): authenticatedAt must be a time in seconds; got an object'
  ],
  [
    'an empty family',
    { familyId: '' },
    'app.tokenEndpoint.issue(): familyId must be 1 to 64 letters, digits, "-" and "_"; got an empty string'
  ]
] as const) {
  t.test(`issue() refuses ${name}, and names the member (K19.3)`, async (t) => {
    const { app } = await server()
    // The test passes wrong values, as a JavaScript program may.
    const request = { subject: 'alice', clientId: 'cli', ...(members as object) }
    await rejectsLike(t, app.tokenEndpoint.issue(request), { code: 'LATCHKEY_REGISTRATION', message })
  })
}
