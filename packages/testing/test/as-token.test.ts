import { like, rejectsLike, throwsLike } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { as, RegistrationError, testIssuer } from '@latchkey/testing'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import { AUDIENCE, server } from './fixtures/server.ts'

t.test('a caller with a token is the principal, by the verification of the server', async (t) => {
  const app = await server(t, { bearer: { issuers: [testIssuer({ audience: AUDIENCE })] } })
  const bob = as(app, { subject: 'bob', scopes: ['items:read'], claims: { team: 'blue' }, authenticatedAt: 1000 })
  const me = await bob.get('/me')
  t.equal(me.statusCode, 200)
  like(t, me.json(), {
    subject: 'bob',
    scopes: ['items:read'],
    scheme: 'bearer',
    claims: { iss: 'https://issuer.test', aud: AUDIENCE, client_id: 'latchkey-testing', team: 'blue' },
    authenticatedAt: 1000
  })
  t.equal((await bob.get('/items')).statusCode, 200)
  t.equal((await bob.post('/items', { payload: { name: 'x' } })).statusCode, 403)
  t.equal((await bob.delete('/account')).statusCode, 401)
  t.equal((await as(app, { subject: 'eve' }).inject('/items')).statusCode, 403)
})

t.test('each request has a new token, and a header of the request replaces it', async (t) => {
  const seen: string[] = []
  const app = await server(t, {
    bearer: { issuers: [testIssuer({ audience: AUDIENCE })] },
    more: async (app) => {
      app.addHook('onResponse', async ({ headers, method }) => void seen.push(`${method} ${headers.authorization}`))
    }
  })
  const bob = as(app, { subject: 'bob' })
  await bob.put('/me')
  await bob.patch('/me')
  t.equal((await bob.inject({ url: '/me', headers: { Authorization: 'Bearer x' } })).statusCode, 401)
  t.match(seen[0], /^PUT Bearer ey/)
  t.match(seen[1], /^PATCH Bearer ey/)
  t.not(seen[0]?.slice(4), seen[1]?.slice(6))
  t.equal(seen[2], 'GET Bearer x')
})

t.test('a caller has a token of the token endpoint of the server', async (t) => {
  const app = await server(t, {
    more: async (app) => {
      const { default: bearer } = await import('@latchkey/bearer')
      const keys = [await generateSigningKey()]
      await app.register(tokenEndpoint, { issuer: AUDIENCE, audience: AUDIENCE, keys, store: memoryStore() })
      await app.register(bearer, { issuers: [app.tokenEndpoint] })
    }
  })
  const plain = await as(app, { subject: 'bob' }).get('/me')
  like(t, plain.json(), { subject: 'bob', scopes: [], authenticatedAt: null })
  const full = await as(app, { subject: 'bob', scopes: ['items:read'], claims: { a: 1 }, authenticatedAt: 1000 }).get(
    '/me'
  )
  like(t, full.json(), { scopes: ['items:read'], claims: { iss: AUDIENCE, a: 1 }, authenticatedAt: 1000 })
})

t.test('a token is made for the issuer, the audience and the typ of the entry that has its keys', async (t) => {
  const { jwks } = testIssuer({ audience: 'unused' })
  const entry = { issuer: 'https://login.example.com', audience: [AUDIENCE, 'other'], typ: 'JWT', jwks } as const
  const first = { issuer: 'https://first.example.com', audience: AUDIENCE, jwksUri: 'https://first.example.com/keys' }
  const second = { ...testIssuer({ audience: AUDIENCE, issuer: 'https://second.example.com' }), rolesClaim: 'roles' }
  const introspected = {
    issuer: 'https://opaque.example.com',
    audience: AUDIENCE,
    introspection: { clientId: 'a', clientSecret: 'b' }
  }
  const app = await server(t, { bearer: { issuers: [first, introspected, entry, second] } })
  const me = await as(app, { subject: 'bob' }).get('/me')
  like(t, me.json(), { claims: { iss: 'https://login.example.com', aud: AUDIENCE } })
  const other = await as(app, { subject: 'bob', issuer: 'https://second.example.com' }).get('/me')
  like(t, other.json(), { claims: { iss: 'https://second.example.com' } })
  await rejectsLike(t, as(app, { subject: 'bob', issuer: 'https://first.example.com' }).get('/me'), {
    message: /^as\(\): this context trusts no issuer that can sign here\. Fix: put testIssuer\(\)/
  })
})

t.test('a caller rejects when the server trusts no issuer that can sign', async (t) => {
  const app = await server(t, {})
  await rejectsLike(t, as(app, { subject: 'bob' }).get('/me'), { code: 'LATCHKEY_REGISTRATION' })
})

t.test('the test issuer signs access tokens of RFC 9068', async (t) => {
  const issuer = testIssuer({ audience: AUDIENCE, issuer: 'https://login.example.com', now: () => 5_000_500 })
  const token = await issuer.issue({
    subject: 'bob',
    scopes: ['a', 'b'],
    claims: { x: 1 },
    authenticatedAt: 7,
    lifetime: 60
  })
  like(t, decodeProtectedHeader(token), { alg: 'ES256', typ: 'at+jwt', kid: issuer.jwks().keys[0]?.kid })
  like(t, decodeJwt(token), {
    iss: 'https://login.example.com',
    aud: AUDIENCE,
    sub: 'bob',
    iat: 5000,
    exp: 5060,
    scope: 'a b',
    x: 1,
    auth_time: 7,
    jti: String
  })
  const plain = await issuer.issue({ subject: 'bob', authenticatedAt: null })
  like(t, decodeJwt(plain), { exp: 5300, scope: undefined, auth_time: undefined })
  t.equal(issuer.jwks(), issuer.jwks())
  t.notOk('d' in (issuer.jwks().keys[0] ?? {}))
})

for (const { name, token, message } of [
  { name: 'without a subject', token: { subject: '' }, message: /^issue\(\): subject must be a string of 1 to 255/ },
  {
    name: 'with a registered claim',
    token: { subject: 'a', claims: { exp: 1 } },
    message: /^issue\(\): claims must be a plain object without iss, sub/
  },
  {
    name: 'with claims that are no object',
    token: { subject: 'a', claims: [] as never },
    message: /^issue\(\): claims must/
  },
  { name: 'with a wrong lifetime', token: { subject: 'a', lifetime: 0 }, message: /^issue\(\): lifetime must/ }
]) {
  t.test(`the test issuer refuses a token ${name}`, async (t) => {
    await rejectsLike(t, testIssuer({ audience: AUDIENCE }).issue(token), { message })
  })
}

for (const { name, principal, message } of [
  { name: 'no subject', principal: {}, message: /^as\(\): subject must be a string of 1 to 255 characters; got/ },
  {
    name: 'an unknown member',
    principal: { subject: 'a', scope: 'x' },
    message: /^as\(\): scope does not exist\. Fix: write scopes$/
  },
  {
    name: 'a wrong time',
    principal: { subject: 'a', authenticatedAt: 1.5 },
    message: /^as\(\): authenticatedAt must be a time in whole seconds, or null/
  },
  {
    name: 'roles for a token',
    principal: { subject: 'a', roles: ['x'] },
    message: "as(): roles is for sessions. Fix: for a token, put them into claims, under the issuer's rolesClaim"
  },
  {
    name: 'an issuer for a session',
    principal: { subject: 'a', session: true, issuer: 'x' },
    message: 'as(): issuer is for tokens. Fix: leave it out of a principal with session: true'
  }
]) {
  t.test(`as() refuses a principal with ${name}`, async (t) => {
    const app = await server(t, {})
    // Cast: callers in JavaScript can pass anything.
    throwsLike(t, () => as(app, principal as never), { name: 'RegistrationError', message })
    t.throws(() => as(app, principal as never), RegistrationError)
  })
}
