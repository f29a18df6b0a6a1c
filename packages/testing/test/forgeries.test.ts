import { contains, like, rejectsLike } from '@latchkey/exact'
import type { Authenticator } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import bearer from '@latchkey/bearer'
import testing, { assertRefusesForgeries, testIssuer } from '@latchkey/testing'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import type { FastifyInstance } from 'fastify'
import { decodeJwt, exportJWK, generateKeyPair } from 'jose'
import t from 'tap'
import { AUDIENCE, server } from './fixtures/server.ts'

t.test('a server with a test issuer and sessions refuses all forgeries', async (t) => {
  const app = await server(t, { bearer: { issuers: [testIssuer({ audience: AUDIENCE })] }, session: {} })
  await app.register(testing)
  const refused = await assertRefusesForgeries(app, { url: '/items' })
  for (const name of [
    'token: alg none',
    'token: another key',
    'token: another issuer',
    'token: another audience',
    'token: expired',
    'token: not yet valid',
    'token: HS256 with the public key as PEM',
    'token: a truncated signature',
    'token: another subject',
    'token: garbage',
    'token: an ID token',
    'token: an embedded jwk',
    'token: an x5u',
    'token: SQL as kid',
    'token: in the URL',
    'cookie: garbage',
    'cookie: a session that has ended'
  ]) {
    t.ok(refused.includes(name), name)
  }
  t.equal(new Set(refused).size, refused.length)
  t.ok(refused.length > 80, String(refused.length))
})

t.test('forgeries are sent with the method, the headers and the body that are given', async (t) => {
  const app = await server(t, { bearer: { issuers: [testIssuer({ audience: AUDIENCE })] } })
  const seen = new Set<string>()
  app.addHook('onResponse', async ({ method, url, headers, body }, { statusCode }) => {
    seen.add(
      `${method} ${url.split('access_token', 1)[0]} ${String(headers['x-a'])} ${statusCode === 201 ? JSON.stringify(body) : ''}`
    )
  })
  await assertRefusesForgeries(app, {
    url: '/items?a=b',
    method: 'POST',
    headers: { 'x-a': '1' },
    payload: { name: 'x' },
    principal: { subject: 'bob', scopes: ['items:write'] }
  })
  t.same([...seen].sort(), ['POST /items?a=b 1 ', 'POST /items?a=b 1 {"name":"x"}', 'POST /items?a=b& 1 '])
})

t.test('no header that is given replaces a forgery', async (t) => {
  const issuer = testIssuer({ audience: AUDIENCE })
  const app = await server(t, { bearer: { issuers: [issuer] } })
  const headers = { Authorization: `Bearer ${await issuer.issue({ subject: 'bob', scopes: ['items:read'] })}` }
  await rejectsLike(t, assertRefusesForgeries(app, { url: '/items', headers }), {
    message: /^assertRefusesForgeries\(\): GET \/items answers 200 without credentials\./
  })
  const refused = await assertRefusesForgeries(app, { url: '/items', headers: { Authorization: 'Basic YTpi' } })
  t.ok(refused.includes('token: garbage'))
})

t.test('a server with several issuers refuses the forgeries of each, and asks none over the network', async (t) => {
  const jwk = { ...(await exportJWK((await generateKeyPair('RS256')).publicKey)), alg: 'RS256', kid: 'r' }
  const plain = await exportJWK((await generateKeyPair('ES384')).publicKey)
  const given = { issuer: 'https://given.example.com', audience: AUDIENCE, jwks: { keys: [jwk] } }
  const listed = {
    issuer: 'https://listed.example.com',
    audience: AUDIENCE,
    jwks: () => ({ keys: [plain] }),
    algorithms: ['ES384']
  }
  const jwt = { issuer: 'https://jwt.example.com', audience: AUDIENCE, jwks: { keys: [plain] }, typ: 'JWT' as const }
  const remote = { issuer: 'https://remote.invalid', audience: AUDIENCE }
  const finder = { issuer: 'https://finder.example.com', audience: AUDIENCE, jwks: { find: async () => null } }
  const introspection = { clientId: 'a', clientSecret: 'b', endpoint: 'https://opaque.invalid/introspect' }
  const opaque = { issuer: 'https://opaque.invalid', audience: AUDIENCE, introspection }
  const app = await server(t, {
    bearer: { issuers: [testIssuer({ audience: AUDIENCE }), given, listed, jwt, remote, finder, opaque] }
  })
  const refused = await assertRefusesForgeries(app, { url: '/me' })
  const issuers = new Set(refused.map((name) => /^token of (\S+): /.exec(name)?.[1]))
  t.same(
    [...issuers],
    ['https://issuer.test', 'https://given.example.com', 'https://listed.example.com', 'https://jwt.example.com']
  )
  t.ok(refused.includes('token of https://issuer.test: the name of https://given.example.com with this key'))
  t.ok(refused.includes('token of https://given.example.com: HS256 with the public key as DER'))
  t.notOk(refused.includes('token of https://given.example.com: expired'))
  t.notOk(
    refused.some((name) => name.includes('garbage')),
    'opaque tokens would be sent to their issuer'
  )
})

t.test('a server with a token endpoint refuses all forgeries', async (t) => {
  const app = await server(t, {
    more: async (app) => {
      const keys = [await generateSigningKey()]
      await app.register(tokenEndpoint, { issuer: AUDIENCE, audience: AUDIENCE, keys, store: memoryStore() })
      await app.register(bearer, { issuers: [app.tokenEndpoint] })
    }
  })
  const refused = await assertRefusesForgeries(app, { url: '/items' })
  t.ok(refused.includes('token: the signature of another token'))
})

t.test('a server with an issuer of JWTs refuses all forgeries', async (t) => {
  const app = await server(t, { bearer: { issuers: [{ ...testIssuer({ audience: AUDIENCE }), typ: 'JWT' }] } })
  const refused = await assertRefusesForgeries(app, { url: '/items' })
  t.notOk(refused.includes('token: a JWT that is not marked as an access token'))
})

/** An authenticator that believes every token it can read, and breaks on others. */
const gullible: Authenticator = {
  scheme: 'gullible',
  challenge: 'Bearer',
  ambient: false,
  header: 'Authorization',
  specific: true,
  securitySchemes: {},
  authenticate({ headers: { authorization = '' } }) {
    const token = authorization.replace('Bearer ', '')
    if (token === '' || !token.includes('.')) return null
    const { sub = 'x' } = decodeJwt(token)
    return { subject: sub, issuer: null, scopes: new Set(['items:read']), claims: {}, authenticatedAt: null }
  }
}

t.test('the error lists the forgeries that got through, with their statuses and without the tokens', async (t) => {
  const app = await server(t, {
    bearer: { issuers: [testIssuer({ audience: AUDIENCE })] },
    more: async (app) => app.guard.addAuthenticator(gullible)
  })
  try {
    await assertRefusesForgeries(app, { url: '/items' })
    t.fail('resolved')
  } catch (error) {
    like(t, error, {
      name: 'AssertionError',
      code: 'ERR_ASSERTION',
      message: /^GET \/items does not refuse \d+ of \d+ forgeries:\n- token: alg none: 200\n/,
      expected: []
    })
    const { message } = error as Error
    contains(t, message, '\n- token: garbage in three parts: 500\n')
    t.notOk(message.includes('token: garbage: '))
    t.notMatch(message, /eyJ/)
  }
})

const withIssuer = { bearer: { issuers: [testIssuer({ audience: AUDIENCE })] } }
for (const { name, parts, options, message } of [
  {
    name: 'an open route',
    parts: withIssuer,
    options: { url: '/health' },
    message: 'GET /health answers 200 without credentials. Fix: choose a route that requires authentication'
  },
  {
    name: 'a principal that lacks a scope',
    parts: withIssuer,
    options: { url: '/items', principal: { subject: 'bob' } },
    message:
      'GET /items answers 403 to a valid token of https://issuer.test, so that forgeries prove nothing. Fix: choose a route that exists, and a principal that it admits'
  },
  {
    name: 'a server without a way to make credentials',
    parts: {},
    options: { url: '/items' },
    message:
      'no valid credentials can be made here. Fix: put testIssuer() among the issuers of @latchkey/bearer, or register the plugin of @latchkey/testing beside @latchkey/session'
  },
  { name: 'a URL that is no path', parts: {}, options: { url: 'items' }, message: 'url must begin' }
] as const) {
  t.test(`forgeries are refused to be tried with ${name}`, async (t) => {
    const app = await server(t, parts)
    await rejectsLike(t, assertRefusesForgeries(app, options), {
      name: 'RegistrationError',
      message:
        message === 'url must begin'
          ? /^assertRefusesForgeries\(\): url must be a path that begins with '\/'; got/
          : `assertRefusesForgeries(): ${message}`
    })
  })
}

t.test('forgeries are refused to be tried with a session that the route does not admit', async (t) => {
  const app = await server(t, { session: {}, guard: { permissions: () => [] } })
  await app.register(testing)
  await rejectsLike(t, assertRefusesForgeries(app, { url: '/items' }), {
    message: /^assertRefusesForgeries\(\): GET \/items answers 403 to a valid session, /
  })
})

t.test('forgeries need a guard', async (t) => {
  const { default: Fastify } = await import('fastify')
  const app: FastifyInstance = Fastify()
  t.teardown(() => app.close())
  await rejectsLike(t, assertRefusesForgeries(app, { url: '/' }), {
    message:
      'assertRefusesForgeries(): this context has no guard. Fix: register @latchkey/guard, or pass the context in which it is registered'
  })
})

for (const { name, options, message } of [
  { name: 'method', options: { url: '/', method: 7 }, message: /: method must be a method such as POST/ },
  { name: 'headers', options: { url: '/', headers: { a: 1 } }, message: /: headers must be an object with texts/ },
  {
    name: 'principal',
    options: { url: '/', principal: 'bob' },
    message: /: principal must be a principal as for as\(\)/
  }
]) {
  t.test(`the option ${name} of assertRefusesForgeries() is checked`, async (t) => {
    // Cast: callers in JavaScript can pass anything.
    await rejectsLike(t, assertRefusesForgeries(await server(t, {}), options as never), { message })
  })
}
