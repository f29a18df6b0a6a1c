import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { contains, like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { generateClientSecret } from '@latchkey/token-endpoint'
import t from 'tap'
import { manage, register } from './fixtures/registration.ts'
import { issuer, redirectUri, server } from './fixtures/server.ts'

const DAY = 24 * 60 * 60

t.test('registers a client, which then gets its code and its tokens (RFC 7591 §2, §3, §3.1.1, §3.2.1)', async (t) => {
  const { app, code, exchange, time } = await server(t, { endpoint: { registration: true } })
  const metadata = (await app.inject('/.well-known/oauth-authorization-server')).json()
  t.equal(metadata.registration_endpoint, `${issuer}/register`)
  const { status, headers, json } = await register(app, {
    redirect_uris: [redirectUri],
    client_name: 'Reader',
    scope: 'items:read openid',
    software_id: 'ignored',
    software_statement: 'ignored'
  })
  t.equal(status, 201)
  t.equal(headers['cache-control'], 'no-store')
  const { client_id: id, registration_access_token: token, ...rest } = json
  t.match(id, /^[\w-]{22}$/)
  t.match(token, /^[\w-]{43}$/)
  t.same(rest, {
    client_id_issued_at: time.seconds,
    client_name: 'Reader',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    scope: 'items:read',
    registration_client_uri: `${issuer}/register/${id}`
  })
  const tokens = await exchange(await code({ client_id: id, scope: undefined }), { client_id: id })
  like(t, tokens, { status: 200, json: { scope: 'items:read', refresh_token: String } })
  const more = await exchange(await code({ client_id: id, scope: 'items:write' }), { client_id: id })
  t.equal(more.json['scope'], 'items:write', 'the registered scope is no limit')
})

t.test('has no endpoint for registration without the option', async (t) => {
  const { app } = await server(t, { endpoint: { registration: false } })
  t.equal((await register(app)).status, 404)
  const metadata = (await app.inject('/.well-known/oauth-authorization-server')).json()
  t.notOk('registration_endpoint' in metadata)
})

t.test('reads and removes a registration with its token (RFC 7592 §2.1, §2.3, §3)', async (t) => {
  const { app, authorize } = await server(t, { endpoint: { registration: { path: '/clients' } } })
  const answer = await app.inject({ method: 'POST', url: '/clients', payload: { redirect_uris: [redirectUri] } })
  const { json } = { json: answer.json() }
  const read = await manage(app, 'GET', json)
  like(t, read, { status: 200, json, headers: { 'cache-control': 'no-store' } })
  t.same(read.json, json)
  const request = { client_id: json.client_id }
  t.equal((await authorize(request)).status, 303)
  const removed = await manage(app, 'DELETE', json)
  t.same([removed.status, removed.json], [204, {}])
  t.equal((await authorize(request)).status, 400)
  for (const method of ['GET', 'DELETE'] as const) t.equal((await manage(app, method, json)).status, 401)
})

t.test('answers 401 without the registration access token (RFC 7592 §2.1)', async (t) => {
  const { app } = await server(t, { endpoint: { registration: true } })
  const { json } = await register(app)
  const other = await register(app)
  for (const [headers, challenge] of [
    [{}, 'Bearer'],
    [{ authorization: 'Basic Og==' }, 'Bearer'],
    [{ authorization: 'Bearer' }, 'Bearer'],
    [{ authorization: `Bearer ${other.json.registration_access_token}` }, 'Bearer error="invalid_token"']
  ] as const) {
    for (const method of ['GET', 'DELETE'] as const) {
      const refused = await manage(app, method, json, headers)
      like(t, refused, { status: 401, headers: { 'www-authenticate': challenge }, json: { error: 'invalid_token' } })
    }
  }
  const unknown = { ...json, registration_client_uri: `${issuer}/register/unknown` }
  t.equal((await manage(app, 'GET', unknown)).status, 401)
  t.equal((await manage(app, 'GET', json)).status, 200)
})

t.test('wants the initial access token, if there is one (RFC 7591 §3)', async (t) => {
  const initialAccessToken = generateClientSecret().clientSecret
  const { app } = await server(t, { endpoint: { registration: { initialAccessToken } } })
  for (const headers of [{}, { authorization: 'Bearer wrong' }] as const) {
    const refused = await register(app, undefined, headers)
    like(t, refused, { status: 401, json: { error: 'invalid_token' } })
  }
  t.equal((await register(app, undefined, { authorization: `bearer ${initialAccessToken}` })).status, 201)
})

t.test('gives a client no member that only the operator may set (RFC 7591 §2, §5)', async (t) => {
  const resources = ['https://other.example.com']
  const { app, authorize } = await server(t, { endpoint: { registration: true }, tokens: { resources } })
  const { json } = await register(app, {
    redirect_uris: [redirectUri],
    isFirstParty: true,
    scopes: ['admin'],
    resources,
    clientSecretHash: 'x',
    client_secret: 'x',
    grant_types: ['authorization_code', 'client_credentials', 'password']
  })
  t.same(json['grant_types'], ['authorization_code'])
  t.notOk('client_secret' in json)
  t.same(await app.tokenEndpoint.findClient(json.client_id), {
    clientId: json.client_id,
    grantTypes: ['authorization_code'],
    redirectUris: [redirectUri]
  })
  const { location } = await authorize({ client_id: json.client_id })
  t.equal(location.split('?')[0], '/authorize/continue', 'its user is asked')
})

t.test('ends the codes and the refresh tokens of a client that removes itself (RFC 7592 §2.3)', async (t) => {
  const { app, code, exchange, post } = await server(t, { endpoint: { registration: true } })
  const { json } = await register(app)
  const client = { client_id: json.client_id }
  const tokens = await exchange(await code(client), client)
  t.equal(tokens.status, 200)
  const given = await code(client)
  t.equal((await manage(app, 'DELETE', json)).status, 204)
  const refresh = { grant_type: 'refresh_token', refresh_token: tokens.json.refresh_token, ...client }
  for (const refused of [await exchange(given, client), await post('/token', refresh)]) {
    t.same([refused.status, refused.json['error']], [401, 'invalid_client'])
  }
  t.equal((await manage(app, 'GET', json)).status, 401)
})

t.test('another server on the same store knows the clients', async (t) => {
  const store = memoryStore({ now: () => 1_000_100_000 })
  const settings = { endpoint: { store, registration: true }, tokens: { store } }
  const first = await server(t, settings)
  const { json } = await register(first.app)
  await first.app.close()
  const second = await server(t, settings)
  const request = { client_id: json.client_id }
  t.equal((await second.exchange(await second.code(request), request)).status, 200)
  t.equal((await manage(second.app, 'DELETE', json)).status, 204)
})

t.test('stores no token, and forgets a client 30 days after its last use (RFC 7592 §5)', async (t) => {
  const time = { seconds: 1_000_000 }
  const store = memoryStore({ now: () => time.seconds * 1000 })
  const { app, authorize } = await server(t, { endpoint: { store, registration: true }, tokens: { store } })
  const { json } = await register(app)
  const { client_id: id, registration_access_token: token } = json
  const stored = async () => store.records.find({ kind: 'client', id })
  const first = await stored()
  t.equal(first?.expiresAt, time.seconds + 30 * DAY)
  t.match(token, /^[\w-]{43}$/)
  t.notOk(first?.content.includes(token))
  time.seconds += DAY - 1
  t.equal((await authorize({ client_id: id })).status, 303)
  t.equal((await stored())?.version, first?.version, 'extended at most once a day')
  time.seconds += 1
  t.equal((await authorize({ client_id: id })).status, 303)
  t.equal((await stored())?.expiresAt, time.seconds + 30 * DAY)
  time.seconds += 30 * DAY - 1
  t.equal((await manage(app, 'GET', json)).status, 200)
  time.seconds += 1
  t.equal((await manage(app, 'GET', json)).status, 401)
  t.equal((await authorize({ client_id: id })).status, 400)
})

t.test('publishes and logs registrations and removals, without tokens and queries', async (t) => {
  const events: unknown[] = []
  const listen = (event: unknown): void => void events.push(event)
  subscribe('latchkey:client-authorization', listen)
  t.teardown(() => unsubscribe('latchkey:client-authorization', listen))
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } }
  const { app } = await server(t, { endpoint: { registration: true }, logger })
  const { json } = await register(app)
  await app.inject('/register?canary=1')
  await manage(app, 'DELETE', json)
  const clientId = json.client_id
  t.same(events, [
    { kind: 'client-registered', clientId },
    { kind: 'refused', clientId: null, code: 'invalid_client_metadata', statusCode: 405 },
    { kind: 'client-removed', clientId }
  ])
  contains(t, lines.join(''), 'A client registered itself')
  t.notOk(lines.some((line) => line.includes('canary') || line.includes(json.registration_access_token)))
})
