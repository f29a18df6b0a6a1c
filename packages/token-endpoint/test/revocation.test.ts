import { SignJWT, importJWK } from 'jose'
import t from 'tap'
import { like } from '@latchkey/exact'
import { type Client, generateClientSecret, generateSigningKey } from '@latchkey/token-endpoint'
import { clock } from './fixtures/clock.ts'
import { fragileStore } from './fixtures/fragile-store.ts'
import { basic, claimsOf, isRevoked, issuer, key, server } from './fixtures/server.ts'

const { clientSecret, clientSecretHash } = generateClientSecret()
const grantTypes = ['password', 'refresh_token']
const clients: Client[] = [
  { clientId: 'app', grantTypes },
  { clientId: 'other', grantTypes },
  { clientId: 'backend', clientSecretHash, grantTypes }
]
const app = { client_id: 'app' }
const other = { client_id: 'other' }
const backend = { headers: basic('backend', clientSecret) }
const done = { status: 200, text: '', headers: { 'cache-control': 'no-store', pragma: 'no-cache' } }

t.test('the revocation of an access token ends this token only (SEC-88)', async (t) => {
  const { app: server_, login, refresh, revoke } = await server({ clients })
  const first = await login(app)
  const second = await login(app)
  like(t, await revoke(first.body.access_token, app), done)
  t.ok(isRevoked(server_, first.body.access_token))
  t.notOk(isRevoked(server_, second.body.access_token))
  like(t, await revoke(first.body.access_token, app), done, 'a second revocation succeeds')
  like(t, await refresh(first.body.refresh_token, app), { status: 200 }, 'its sign-in remains')
})

t.test('the revocation of a refresh token ends all tokens of its sign-in (SEC-91)', async (t) => {
  const { app: server_, login, refresh, revoke } = await server({ clients })
  const first = await login(app)
  const second = await refresh(first.body.refresh_token, app)
  const another = await login(app)
  like(t, await revoke(second.body.refresh_token, app), done)
  like(t, await refresh(second.body.refresh_token, app), { status: 400, body: { error: 'invalid_grant' } })
  for (const { body } of [first, second]) t.ok(isRevoked(server_, body.access_token))
  t.notOk(isRevoked(server_, another.body.access_token))
  like(t, await refresh(another.body.refresh_token, app), { status: 200 })
})

t.test('the revocation of a used refresh token ends its sign-in (SEC-91)', async (t) => {
  const { app: server_, login, refresh, revoke } = await server({ clients })
  const first = await login(app)
  const second = await refresh(first.body.refresh_token, app)
  like(t, await revoke(first.body.refresh_token, app), done)
  t.ok(isRevoked(server_, second.body.access_token))
  like(t, await refresh(second.body.refresh_token, app), { status: 400 })
})

for (const hint of ['access_token', 'refresh_token', 'id_token', 'saml']) {
  t.test(`a wrong hint ${hint} has no effect (SEC-88)`, async (t) => {
    const { app: server_, login, refresh, revoke } = await server({ clients })
    const one = await login(app)
    const two = await login(app)
    like(t, await revoke(one.body.access_token, { ...app, token_type_hint: hint }), done)
    like(t, await revoke(two.body.refresh_token, { ...app, token_type_hint: hint }), done)
    t.ok(isRevoked(server_, one.body.access_token))
    like(t, await refresh(two.body.refresh_token, app), { status: 400 })
  })
}

for (const [name, token] of Object.entries({
  'an unknown refresh token': 'A'.repeat(43),
  'a word': 'x',
  'a dot': '.',
  'two dots': '..',
  'a JWT without a signature': 'eyJhbGciOiJub25lIn0.e30.',
  'empty base64': '====.====.====',
  'text beyond ASCII': 'é.漢.🗝',
  'a path': '../../etc/passwd',
  'a long text': 'a.'.repeat(4_000)
})) {
  t.test(`the revocation of ${name} is answered 200 (SEC-88)`, async (t) => {
    const { revoke } = await server({ clients })
    like(t, await revoke(token, app), done)
    like(t, await revoke(token, {}, backend), done)
  })
}

t.test('the revocation of an expired token is answered 200 (SEC-88)', async (t) => {
  const time = clock()
  const { login, revoke } = await server({ clients, now: time.now, refreshTokenLifetime: { idle: 700 } })
  const { body } = await login(app)
  time.seconds += 701
  like(t, await revoke(body.access_token, app), done)
  like(t, await revoke(body.refresh_token, app), done)
})

t.test('an expired token can be revoked while verifiers may still accept it', async (t) => {
  const time = clock()
  const { app: server_, login, revoke } = await server({ clients, now: time.now })
  const { body } = await login(app)
  time.seconds += 659
  like(t, await revoke(body.access_token, app), done)
  t.ok(isRevoked(server_, body.access_token))
})

t.test('a token of another client is refused and stays active (SEC-89)', async (t) => {
  const { app: server_, login, refresh, revoke } = await server({ clients })
  const { body } = await login({}, backend)
  for (const token of [body.access_token, body.refresh_token]) {
    for (const thief of [app, other]) {
      like(t, await revoke(token, thief), { status: 400, body: { error: 'invalid_grant' } })
    }
  }
  await server_.ready()
  t.notOk(isRevoked(server_, body.access_token))
  like(t, await refresh(body.refresh_token, {}, backend), { status: 200 })
})

t.test('a client without authentication revokes no token (SEC-11, SEC-88)', async (t) => {
  const { app: server_, login, refresh, revoke } = await server({ clients })
  const { body } = await login({}, backend)
  const wrong = { headers: basic('backend', generateClientSecret().clientSecret) }
  for (const [form, options] of [
    [{ client_id: 'backend' }, {}],
    [{}, wrong],
    [{ client_id: 'nobody' }, {}],
    [{}, {}]
  ] as const) {
    const answer = await revoke(body.refresh_token, form, options)
    const challenge = 'headers' in options ? /^Basic / : /^client_secret_post /
    like(t, answer, { status: 401, body: { error: 'invalid_client' }, headers: { 'www-authenticate': challenge } })
  }
  t.notOk(isRevoked(server_, body.access_token))
  like(t, await refresh(body.refresh_token, {}, backend), { status: 200 })
})

t.test('an unknown client and a wrong secret give the same answer (SEC-12)', async (t) => {
  const { revoke } = await server({ clients: async (clientId) => clients.find((one) => one.clientId === clientId) })
  const answers = [
    await revoke('x', {}, { headers: basic('backend', generateClientSecret().clientSecret) }),
    await revoke('x', {}, { headers: basic('nobody', clientSecret) }),
    await revoke('x', { client_id: 'nobody' })
  ]
  t.equal(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1)
})

t.test('claims of a token are not used before its signature is verified (SEC-92)', async (t) => {
  const { app: server_, login, revoke } = await server({ clients })
  const { body } = await login(app)
  const claims = claimsOf(body.access_token)
  const stranger = await importJWK(await generateSigningKey(), 'ES256')
  const own = await importJWK(key, 'ES256')
  const sign = (claims: object, header: object, signer: typeof own) =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...header }).sign(signer)
  const [header = '', , signature = ''] = body.access_token.split('.')
  const changed = Buffer.from(JSON.stringify({ ...claims, client_id: 'other' })).toString('base64url')
  for (const [name, token] of Object.entries({
    'of another signer': await sign(claims, {}, stranger),
    'with another payload': `${header}.${changed}.${signature}`,
    'without a signature': `${header}.${changed}.`,
    'that is not an access token': await sign(claims, { typ: 'JWT' }, own),
    'of another issuer': await sign({ ...claims, iss: 'https://evil.example' }, {}, own),
    'for another audience': await sign({ ...claims, aud: 'https://evil.example' }, {}, own),
    'without an expiry': await sign({ ...claims, exp: undefined }, {}, own),
    'without an identifier': await sign({ ...claims, jti: undefined }, {}, own),
    'with an identifier that is a number': await sign({ ...claims, jti: 1 }, {}, own),
    'without a subject': await sign({ ...claims, sub: undefined }, {}, own)
  })) {
    like(t, await revoke(token, app), done, name)
    like(t, await revoke(token, other), done, name)
  }
  t.notOk(isRevoked(server_, body.access_token))
})

t.test('a failing verification is a server error, not an unknown token (SEC-90)', async (t) => {
  // With an invalid clock, jose throws an error that is not about the token.
  let time = Date.now()
  const { login, revoke } = await server({ clients, now: () => time })
  const { body } = await login(app)
  time = Number.NaN
  like(t, await revoke(body.access_token, app), { status: 500, body: { error: 'server_error' } })
})

for (const [method, token] of [
  ['revocations.revoke', 'access_token'],
  ['revocations.revoke', 'refresh_token'],
  ['refreshTokens.revokeFamily', 'refresh_token'],
  ['refreshTokens.find', 'refresh_token']
] as const) {
  t.test(
    `a failure of ${method} for a ${token} is answered 503, and the client can try again (SEC-90, FAULT-13)`,
    async (t) => {
      const store = fragileStore()
      const { app: server_, login, refresh, revoke } = await server({ clients, store })
      const { body } = await login(app)
      store.down.add(method)
      like(t, await revoke(body[token], app), {
        status: 503,
        body: { error: 'temporarily_unavailable' },
        headers: { 'retry-after': '5', 'cache-control': 'no-store' }
      })
      store.down.clear()
      like(t, await revoke(body[token], app), done)
      t.ok(isRevoked(server_, body.access_token))
      t.equal((await refresh(body.refresh_token, app)).status, token === 'refresh_token' ? 400 : 200)
    }
  )
}

t.test('a request with no token or two tokens is answered 400 invalid_request', async (t) => {
  const { post } = await server({ clients })
  for (const form of ['client_id=app', 'client_id=app&token=', 'client_id=app&token=a&token=b']) {
    like(t, await post(form, { url: '/revoke' }), { status: 400, body: { error: 'invalid_request' } }, form)
  }
})

t.test('other methods and JSON bodies are refused (SEC-3)', async (t) => {
  const { app: server_, post } = await server({ clients })
  for (const url of ['/revoke', '/introspect']) {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'] as const) {
      const answer = await server_.inject({ method, url: `${url}?token=secret` })
      t.equal(answer.statusCode, 405, `${method} ${url}`)
      like(t, answer.headers, { allow: 'POST', 'cache-control': 'no-store' })
    }
    const json = { headers: { 'content-type': 'application/json' }, url }
    like(t, await post('{"token":"x"}', json), { status: 400, body: { error: 'invalid_request' } })
  }
})

t.test('the paths are configurable, and the metadata contain them (SEC-74)', async (t) => {
  const paths = { revocationPath: '/oauth/revoke', introspectionPath: '/oauth/introspect' }
  const { app: server_, login, revoke, introspect } = await server({ clients, ...paths })
  const { body } = await login({}, backend)
  like(t, await revoke(body.access_token, {}, { ...backend, url: '/oauth/revoke' }), done)
  const answer = await introspect(body.access_token, {}, { ...backend, url: '/oauth/introspect' })
  t.same([answer.status, answer.body], [200, { active: false }])
  t.equal((await revoke('x', app)).status, 404)
  like(t, (await server_.inject('/.well-known/oauth-authorization-server')).json(), {
    revocation_endpoint: `${issuer}/oauth/revoke`,
    introspection_endpoint: `${issuer}/oauth/introspect`
  })
})
