import { authenticated } from '@latchkey/guard'
import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { active, endpoint, hangUp, inactive, silence, status, text } from './fixtures/introspection-endpoint.ts'
import { AUDIENCE, claims, issuer, NOW } from './fixtures/issuer.ts'
import { expired, honoured, malformed, notValid, present, serve } from './fixtures/server.ts'

t.test('accepts an opaque token that its issuer reports as active (SEC-75)', async (t) => {
  const { origin, trusted } = await endpoint(t, active({ tenant: { roles: ['reader'] } }))
  const app = await serve(t, { issuers: [trusted()] })
  const response = await app.inject({ url: '/me', headers: { authorization: 'Bearer 2YotnFZFEjr1zCsicMWpAA' } })
  const { iss: _, ...others } = claims
  t.equal(response.statusCode, 200)
  t.same(response.json(), {
    scheme: 'bearer',
    subject: 'ada',
    issuer: origin,
    scopes: ['items:read', 'items:write'],
    claims: { ...others, active: true, token_type: 'Bearer', tenant: { roles: ['reader'] } },
    authenticatedAt: null
  })
})

t.test('refuses a token that its issuer reports as inactive, with any other members (SEC-75)', async (t) => {
  const server = await endpoint(t, inactive)
  const app = await serve(t, { issuers: [server.trusted()] })
  t.same(await present(app, 'one'), notValid('the token is not active'))
  server.answer = active({ active: false })
  t.same(await present(app, 'two'), notValid('the token is not active'))
})

for (const [name, answer, cause] of [
  ['sends active "true"', active({ active: 'true' }), 'LATCHKEY_UPSTREAM_INVALID'],
  ['sends active 1', active({ active: 1 }), 'LATCHKEY_UPSTREAM_INVALID'],
  ['sends active null', active({ active: null }), 'LATCHKEY_UPSTREAM_INVALID'],
  ['sends active [true]', active({ active: [true] }), 'LATCHKEY_UPSTREAM_INVALID'],
  ['omits active', active({ active: undefined }), 'LATCHKEY_UPSTREAM_INVALID'],
  ['sends active in a prototype', text('{"__proto__":{"active":true}}'), 'LATCHKEY_UPSTREAM_INVALID'],
  ['answers with a list', text('[{"active":true}]'), 'LATCHKEY_UPSTREAM_INVALID'],
  ['answers with null', text('null'), 'LATCHKEY_UPSTREAM_INVALID'],
  ['answers with true', text('true'), 'LATCHKEY_UPSTREAM_INVALID'],
  [
    'answers with JSON that is nested too deeply',
    text(`{"active":true,"deep":${'['.repeat(30_000)}${']'.repeat(30_000)}}`),
    'LATCHKEY_UPSTREAM_INVALID'
  ],
  ['answers with truncated JSON', text('{"active":true'), 'LATCHKEY_UPSTREAM_NOT_JSON'],
  ['answers with an empty body', text(''), 'LATCHKEY_UPSTREAM_NOT_JSON'],
  ['answers with HTML', text('<p>', 'text/html'), 'LATCHKEY_UPSTREAM_NOT_JSON'],
  ['answers with a JWT', text('e30.e30.e30', 'application/token-introspection+jwt'), 'LATCHKEY_UPSTREAM_NOT_JSON'],
  ['answers with over 64 KiB', active({ fill: 'a'.repeat(65_536) }), 'LATCHKEY_UPSTREAM_TOO_LARGE'],
  ['answers 201', status(201), 'LATCHKEY_UPSTREAM_STATUS'],
  ['answers 400', status(400), 'LATCHKEY_UPSTREAM_STATUS'],
  ['answers 401', status(401), 'LATCHKEY_UPSTREAM_STATUS'],
  ['answers 403', status(403), 'LATCHKEY_UPSTREAM_STATUS'],
  ['answers 404', status(404), 'LATCHKEY_UPSTREAM_STATUS'],
  ['answers 429', status(429), 'LATCHKEY_UPSTREAM_STATUS'],
  ['answers 500', status(500), 'LATCHKEY_UPSTREAM_STATUS'],
  ['answers 503', status(503), 'LATCHKEY_UPSTREAM_STATUS'],
  ['redirects', status(307, { location: '/elsewhere' }), 'LATCHKEY_UPSTREAM_REDIRECT'],
  ['hangs up', hangUp, 'LATCHKEY_UPSTREAM_UNREACHABLE'],
  ['does not answer', silence, 'LATCHKEY_UPSTREAM_TIMEOUT']
] as const) {
  t.test(`answers 503 when the endpoint ${name} (SEC-75, FAULT-27)`, async (t) => {
    const { trusted } = await endpoint(t, answer)
    const app = await serve(t, { issuers: [trusted({ timeout: name === 'does not answer' ? 50 : 5000 })] })
    const response = await app.inject({ url: '/me', headers: { authorization: 'Bearer opaque' } })
    t.equal(response.statusCode, 503)
    t.match(response.headers['retry-after'], /^[1-9]\d*$/)
    t.equal(response.headers['www-authenticate'], undefined)
    t.same(response.json(), {
      statusCode: 503,
      code: 'LATCHKEY_UNAVAILABLE',
      error: 'Service Unavailable',
      message: 'Access tokens cannot be verified at the moment'
    })
    contains(t, response.headers['x-reason'], cause)
    t.equal((await app.inject({ url: '/open', headers: { authorization: 'Bearer opaque' } })).statusCode, 503)
  })
}

for (const [name, changes, answer] of [
  ['for another server', { aud: 'https://other.example.com' }, notValid('aud does not contain this server')],
  ['for no server', { aud: undefined }, notValid('aud does not contain this server')],
  ['for null', { aud: null }, notValid('aud does not contain this server')],
  [
    'of another issuer',
    { iss: 'https://evil.example.com' },
    notValid('iss is not the issuer of the introspection endpoint')
  ],
  ['of null', { iss: null }, notValid('iss is not the issuer of the introspection endpoint')],
  ['that expired', { exp: NOW - 30 }, expired('exp has passed')],
  ['whose exp is a text', { exp: String(NOW + 60) }, notValid('exp is not a NumericDate in whole seconds')],
  ['whose exp is null', { exp: null }, notValid('exp is not a NumericDate in whole seconds')],
  ['from the future', { nbf: NOW + 31 }, notValid('nbf is in the future')],
  ['issued in the future', { iat: NOW + 31 }, notValid('iat is in the future')],
  ['without a subject', { sub: undefined }, notValid('sub is not a string of 1 to 255 characters')],
  ['with a list of scopes', { scope: ['items:read'] }, notValid('scope is not a string of scope tokens')],
  ['of a client without a name', { client_id: '' }, notValid('client_id is not a string')],
  ['for DPoP without a key', { token_type: 'DPoP' }, notValid('token_type is DPoP, and there is no cnf')],
  [
    'that is a refresh token',
    { token_use: 'refresh_token' },
    notValid('token_use shows that the token is not an access token')
  ],
  ['of another kind', { typ: 'Refresh' }, notValid('typ shows that the token is not an access token')],
  ['bound to a key', { cnf: { jkt: 'A' } }, notValid('the token is bound to a key (cnf) and is not a bearer token')]
] as const) {
  t.test(`refuses an active token ${name} (SEC-75)`, async (t) => {
    const { trusted } = await endpoint(t, active(changes))
    const app = await serve(t, { issuers: [trusted()] })
    t.same(await present(app, 'opaque'), answer)
  })
}

for (const [name, changes] of [
  ['for this server and another', { aud: ['https://other.example.com', AUDIENCE] }],
  ['within the tolerance for clocks', { exp: NOW - 29, nbf: NOW + 30, iat: NOW + 30 }],
  ['without an expiry', { exp: undefined }],
  ['of a type in lower case', { token_type: 'bearer' }],
  ['without a type', { token_type: undefined }],
  ['with the token_use of an access token', { token_use: 'access_token' }],
  ['with the typ of an access token', { typ: 'Bearer' }]
] as const) {
  t.test(`accepts an active token ${name} (SEC-75)`, async (t) => {
    const { trusted } = await endpoint(t, active(changes))
    const app = await serve(t, { issuers: [trusted()] })
    t.same(await present(app, 'opaque'), honoured)
  })
}

t.test('accepts an answer whose iss is the configured issuer (SEC-75)', async (t) => {
  const server = await endpoint(t, active())
  server.answer = active({ iss: server.origin })
  t.same(await present(await serve(t, { issuers: [server.trusted()] }), 'opaque'), honoured)
})

t.test('applies maxTokenAge to introspected tokens (SEC-46, SEC-75)', async (t) => {
  const server = await endpoint(t, active({ iat: NOW - 3630 }))
  const app = await serve(t, { issuers: [server.trusted()], maxTokenAge: 3600 })
  t.same(await present(app, 'old'), expired('older than maxTokenAge'))
  server.answer = active({ iat: undefined })
  t.same(await present(app, 'ageless'), notValid('iat is missing'))
  server.answer = active({ iat: NOW - 3600 })
  t.same(await present(app, 'young'), honoured)
})

t.test('accepts an answer without an audience only when the option allows it (SEC-75)', async (t) => {
  const server = await endpoint(t, active({ aud: undefined }))
  const app = await serve(t, { issuers: [server.trusted({ insecureAcceptMissingAudience: true })] })
  t.same(await present(app, 'without'), honoured)
  server.answer = active({ aud: 'https://other.example.com' })
  t.same(
    await present(app, 'another'),
    notValid('aud does not contain this server'),
    'an audience in the answer still counts'
  )
  server.answer = active({ aud: undefined, token_type: undefined })
  t.same(
    await present(app, 'untyped'),
    notValid('token_type is neither Bearer nor DPoP'),
    'it could be a refresh token'
  )
  server.answer = active({ token_type: undefined })
  t.same(await present(app, 'named'), honoured)
})

t.test('returns claims that no handler can change for the next request (SEC-54, SEC-75)', async (t) => {
  const members = '"__proto__":{"admin":true},"constructor":"text","tenant":{"roles":["reader"]}'
  const answer = JSON.stringify({ ...claims, iss: undefined, active: true })
  const { trusted } = await endpoint(t, text(`${answer.slice(0, -1)},${members}}`))
  const app = await serve(t, { issuers: [trusted()] })
  app.get('/claims', { config: { access: authenticated } }, async ({ principal }) => {
    const { claims } = principal
    const inner = claims['tenant'] as { roles: string[] }
    return {
      frozen: [claims, inner, inner.roles].map((value) => Object.isFrozen(value)),
      prototype: Object.getPrototypeOf(claims),
      own: Object.hasOwn(claims, '__proto__')
    }
  })
  const response = await app.inject({ url: '/claims', headers: { authorization: 'Bearer opaque' } })
  t.same(response.json(), { frozen: [true, true, true], prototype: null, own: false })
})

t.test('refuses a token of more than 8 KiB without introspection (SEC-48, SEC-75)', async (t) => {
  const { trusted, asked } = await endpoint(t, active())
  const app = await serve(t, { issuers: [trusted()] })
  t.same(await present(app, 'a'.repeat(8193)), malformed('longer than 8 KiB'))
  t.equal(asked.length, 0)
  t.same(await present(app, 'a'.repeat(8192)), honoured)
  t.equal(asked.length, 1)
})

t.test('does not introspect credentials that cannot be a token (SEC-64, SEC-75)', async (t) => {
  const { trusted, asked } = await endpoint(t, active())
  const app = await serve(t, { issuers: [trusted()] })
  for (const authorization of [
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer é',
    'Bearer a=b',
    'Bearer a"b',
    'Bearer a,b'
  ]) {
    t.equal((await app.inject({ url: '/me', headers: { authorization } })).statusCode, 400)
  }
  t.equal(asked.length, 0)
})

t.test('introspects tokens that are not a JWS and tokens that name the issuer (SEC-75)', async (t) => {
  const server = await endpoint(t, inactive)
  const other = await issuer('ES256')
  const own = await issuer('ES256', server.origin)
  const app = await serve(t, { issuers: [other.trusted, server.trusted()] })
  t.same(await present(app, await other.sign()), honoured)
  t.same(
    await present(app, await other.sign({ iss: 'https://nobody.example.com' })),
    notValid('iss is not a trusted issuer')
  )
  t.same(await present(app, await other.sign({}, { typ: 'JWT' })), notValid('typ is not at+jwt'))
  const naming = ['e30', Buffer.from(`no object, ${server.origin}`).toString('base64url'), 'e30'].join('.')
  t.same(await present(app, naming), notValid('alg is not a string'))
  t.equal(server.asked.length, 0)
  for (const token of [
    await own.sign(),
    await own.sign({}, { typ: 'JWT' }),
    'a.b.c',
    'e30.e30.e30.e30.e30',
    'opaque'
  ]) {
    const before = server.asked.length
    t.same(await present(app, token), notValid('the token is not active'))
    t.equal(server.asked.length, before + 1, token.slice(0, 12))
    t.equal(server.asked.at(-1)?.form['token'], token)
  }
})

t.test('uses the answer of the endpoint, not the claims of the introspected JWS (SEC-75)', async (t) => {
  const server = await endpoint(t, active())
  const own = await issuer('ES256', server.origin)
  const app = await serve(t, { issuers: [server.trusted()] })
  const authorization = `Bearer ${await own.sign({ sub: 'mallory', scope: 'admin' })}`
  const response = await app.inject({ url: '/me', headers: { authorization } })
  like(t, response.json(), { subject: 'ada', scopes: ['items:read', 'items:write'] })
})
