import t from 'tap'
import { like } from '@latchkey/exact'
import { SignJWT, importJWK } from 'jose'
import { UnavailableError } from '@latchkey/guard'
import { type Client, generateClientSecret } from '@latchkey/token-endpoint'
import { clock } from './fixtures/clock.ts'
import { fragileStore } from './fixtures/fragile-store.ts'
import { basic, claimsOf, issuer, key, server } from './fixtures/server.ts'

const { clientSecret, clientSecretHash } = generateClientSecret()
const grantTypes = ['password', 'refresh_token']
const clients: Client[] = [
  { clientId: 'app', grantTypes },
  { clientId: 'backend', clientSecretHash, grantTypes },
  { clientId: 'api', clientSecretHash, grantTypes: [], introspects: ['urn:else', issuer] },
  { clientId: 'elsewhere', clientSecretHash, grantTypes: [], introspects: ['urn:else'] }
]
const app = { client_id: 'app' }
const backend = { headers: basic('backend', clientSecret) }
const api = { headers: basic('api', clientSecret) }
const elsewhere = { headers: basic('elsewhere', clientSecret) }
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache', 'content-type': /^application\/json/ }

t.test('the introspection of an access token returns its claims', async (t) => {
  const time = clock()
  const { login, introspect } = await server({ clients, now: time.now })
  const { body } = await login({ ...app, scope: 'items:read' })
  const answer = await introspect(body.access_token, {}, api)
  like(t, answer, { status: 200, headers: noStore })
  t.same(answer.body, {
    active: true,
    token_type: 'Bearer',
    iss: issuer,
    aud: issuer,
    sub: 'alice',
    client_id: 'app',
    scope: 'items:read',
    iat: time.seconds,
    exp: time.seconds + 600,
    auth_time: 1_000,
    jti: claimsOf(body.access_token).jti
  })
})

t.test('the introspection of a refresh token returns its data to its own client', async (t) => {
  const time = clock()
  const lifetime = { idle: 700, absolute: 800 }
  const { login, introspect } = await server({ clients, now: time.now, refreshTokenLifetime: lifetime })
  const { body } = await login({ scope: 'items:read items:write' }, backend)
  const { status, body: said } = await introspect(body.refresh_token, { token_type_hint: 'access_token' }, backend)
  const scope = 'items:read items:write'
  const exp = time.seconds + 700
  t.same([status, said], [200, { active: true, iss: issuer, sub: 'alice', client_id: 'backend', scope, exp }])
})

t.test('introspection requires a confidential client that authenticates (SEC-11, SEC-93)', async (t) => {
  const { login, introspect } = await server({ clients })
  const { body } = await login(app)
  const answers = []
  for (const [form, options] of [
    [app, {}],
    [{}, {}],
    [{ client_id: 'nobody' }, {}],
    [{ client_id: 'api' }, {}],
    [{}, { headers: basic('api', generateClientSecret().clientSecret) }]
  ] as const) {
    const answer = await introspect(body.access_token, form, options)
    const challenge = 'headers' in options ? /^Basic / : /^client_secret_post /
    like(t, answer, { status: 401, body: { error: 'invalid_client' }, headers: { 'www-authenticate': challenge } })
    answers.push(answer.text)
  }
  t.equal(new Set(answers).size, 1)
})

t.test('the only public client is not used as the default for introspection (SEC-93)', async (t) => {
  const { login, introspect } = await server()
  const { body } = await login()
  like(t, await introspect(body.access_token), { status: 401, body: { error: 'invalid_client' } })
})

t.test('an inactive or foreign token gives exactly {"active":false} (SEC-94, SEC-95)', async (t) => {
  const time = clock()
  const {
    app: server_,
    login,
    refresh,
    revoke,
    introspect
  } = await server({
    clients,
    now: time.now,
    refreshTokenLifetime: { idle: 800 }
  })
  const old = await login({}, backend)
  time.seconds += 801
  const revoked = await login({}, backend)
  await revoke(revoked.body.access_token, {}, backend)
  const ended = await login({}, backend)
  await revoke(ended.body.refresh_token, {}, backend)
  const used = await login({}, backend)
  await refresh(used.body.refresh_token, {}, backend)
  const good = await login({}, backend)
  const foreign = await login(app)
  const forged = `${good.body.access_token.split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`
  for (const [name, token, who] of [
    ['an expired access token', old.body.access_token, api],
    ['an expired refresh token', old.body.refresh_token, backend],
    ['a revoked access token', revoked.body.access_token, api],
    ['an access token of a revoked sign-in (SEC-91)', ended.body.access_token, api],
    ['a refresh token of a revoked sign-in', ended.body.refresh_token, backend],
    ['a used refresh token', used.body.refresh_token, backend],
    ['a refresh token of another client', foreign.body.refresh_token, backend],
    ['a refresh token at a resource server', good.body.refresh_token, api],
    ['an access token of another client', foreign.body.access_token, backend],
    ['an access token for another audience', good.body.access_token, elsewhere],
    ['a forged token (SEC-92)', forged, api],
    ['a random text', 'garbage', api],
    ['a text of three parts', 'a.b.c', api]
  ] as const) {
    const answer = await introspect(token, {}, who)
    like(t, answer, { status: 200, text: '{"active":false}', headers: noStore }, name)
  }
  like(t, await introspect(good.body.access_token, {}, api), { body: { active: true } })
  like(t, await introspect(good.body.access_token, {}, backend), { body: { active: true } }, 'its own')
  like(t, await introspect(good.body.refresh_token, {}, backend), { body: { active: true } }, 'its own')
  t.notOk(server_.tokenEndpoint.isRevoked(claimsOf(good.body.access_token)))
})

t.test('the introspection of a used refresh token does not revoke its family', async (t) => {
  const time = clock()
  const { login, refresh, introspect } = await server({ clients, now: time.now })
  const first = await login({}, backend)
  const second = await refresh(first.body.refresh_token, {}, backend)
  time.seconds += 60
  like(t, await introspect(first.body.refresh_token, {}, backend), { text: '{"active":false}' })
  like(t, await refresh(second.body.refresh_token, {}, backend), { status: 200 })
})

t.test('a token for several audiences is active for the server of one (SEC-95)', async (t) => {
  const { introspect } = await server({ clients })
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer,
    aud: [issuer, 'urn:else'],
    sub: 'a',
    client_id: 'app',
    jti: 'j',
    iat: now,
    exp: now + 9
  }
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
    .sign(await importJWK(key, 'ES256'))
  like(t, await introspect(token, {}, elsewhere), { body: { active: true } })
  like(t, await introspect(token, {}, backend), { text: '{"active":false}' })
})

t.test('a disabled user cannot refresh, and the tokens are inactive (SEC-59)', async (t) => {
  const active = new Set(['alice'])
  const { login, refresh, introspect } = await server({ clients, subjectIsActive: (subject) => active.has(subject) })
  const { body } = await login({}, backend)
  like(t, await introspect(body.access_token, {}, api), { body: { active: true } })
  active.delete('alice')
  like(t, await refresh(body.refresh_token, {}, backend), { status: 400, body: { error: 'invalid_grant' } })
  like(t, await introspect(body.access_token, {}, api), { text: '{"active":false}' })
  like(t, await introspect(body.refresh_token, {}, backend), { text: '{"active":false}' })
  active.add('alice')
  like(t, await refresh(body.refresh_token, {}, backend), { status: 200 }, 'nothing was used up')
})

t.test('subjectIsActive is not called for a client that acts for itself', async (t) => {
  const { app: server_, introspect } = await server({ clients, subjectIsActive: () => false })
  const issue = async (subject: string) => server_.tokenEndpoint.issue({ subject, clientId: 'backend' })
  like(t, await introspect(await issue('client:backend'), {}, api), { body: { active: true, sub: 'client:backend' } })
  like(t, await introspect(await issue('backend'), {}, api), { text: '{"active":false}' })
})

t.test('a token for a resource is active for the server of that resource, and can be revoked (RFC 8707)', async (t) => {
  const { app: server_, introspect, revoke } = await server({ clients, resources: ['urn:else'] })
  const resources = ['urn:else']
  const token = await server_.tokenEndpoint.issue({ subject: 'alice', clientId: 'backend', resources })
  like(t, await introspect(token, {}, elsewhere), { body: { active: true, aud: 'urn:else' } })
  like(t, await revoke(token, {}, backend), { status: 200 })
  like(t, await introspect(token, {}, elsewhere), { text: '{"active":false}' })
})

t.test('a user is active only when subjectIsActive returns true (SEC-59)', async (t) => {
  for (const answer of [undefined, null, 1, 'yes', {}]) {
    // A JavaScript function may return these values.
    const { login, refresh } = await server({ clients, subjectIsActive: async () => answer as boolean })
    const { body } = await login(app)
    like(t, await refresh(body.refresh_token, app), { status: 400, body: { error: 'invalid_grant' } })
  }
})

t.test('a user directory that does not answer gives 503, and uses up no refresh token (SEC-68)', async (t) => {
  let down = true
  const subjectIsActive = async (): Promise<boolean> => {
    if (down) throw new UnavailableError('The directory does not answer', { retryAfter: 9 })
    return true
  }
  const { login, refresh, introspect } = await server({ clients, subjectIsActive })
  const { body } = await login({}, backend)
  const later = { status: 503, headers: { 'retry-after': '9' }, body: { error: 'temporarily_unavailable' } }
  like(t, await refresh(body.refresh_token, {}, backend), later)
  like(t, await introspect(body.access_token, {}, api), later)
  down = false
  like(t, await refresh(body.refresh_token, {}, backend), { status: 200 })
})

t.test('a store that does not answer gives 503, not inactive (SEC-68, FAULT-12)', async (t) => {
  const store = fragileStore()
  const { introspect } = await server({ clients, store })
  store.down.add('refreshTokens.find')
  like(t, await introspect('A'.repeat(43), {}, backend), { status: 503, headers: { 'retry-after': '5' } })
})

t.test('a request without a token is answered 400 invalid_request', async (t) => {
  const { post } = await server({ clients })
  like(t, await post('a=b', { url: '/introspect', ...api }), { status: 400, body: { error: 'invalid_request' } })
})
