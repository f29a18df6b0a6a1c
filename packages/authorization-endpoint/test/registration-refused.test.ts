import { like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import t from 'tap'
import { documentServer, json, serverOf } from './fixtures/documents.ts'
import { register } from './fixtures/registration.ts'
import { redirectUri, server } from './fixtures/server.ts'

const usual = { redirect_uris: [redirectUri] }
const unlimited = { registration: { perMinute: 100_000 } }

const good: Readonly<Record<string, readonly [changes: object, inForce: object]>> = {
  'unknown members': [{ jwks: 'nonsense', contacts: 7, logo_uri: {} }, {}],
  'redirect URIs of native apps': [
    { redirect_uris: ['com.example.app:/callback', 'http://127.0.0.1/callback', 'http://localhost:4000/'] },
    { redirect_uris: ['com.example.app:/callback', 'http://127.0.0.1/callback', 'http://localhost:4000/'] }
  ],
  'a redirect URI twice': [{ redirect_uris: [redirectUri, redirectUri] }, { redirect_uris: [redirectUri] }],
  'a name in any script': [{ client_name: 'Ридер 読者 👩‍🚀' }, { client_name: 'Ридер 読者 👩‍🚀' }],
  'a name of 100 characters': [{ client_name: 'x'.repeat(100) }, { client_name: 'x'.repeat(100) }],
  'the method none': [{ token_endpoint_auth_method: 'none' }, {}],
  'a choice of methods with none': [
    {
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt']
    },
    {}
  ],
  'one grant type': [{ grant_types: ['authorization_code'] }, { grant_types: ['authorization_code'] }],
  'grant types that this server does not have, or not for all': [
    { grant_types: ['password', 'client_credentials', 'implicit', 'refresh_token', 'authorization_code'] },
    { grant_types: ['authorization_code', 'refresh_token'] }
  ],
  'several response types': [{ response_types: ['token', 'code'] }, { response_types: ['code'] }],
  'an empty scope': [{ scope: '' }, { scope: undefined }],
  'members that are null': [
    { client_name: null, scope: null, response_types: null, grant_types: null, token_endpoint_auth_method: null },
    { client_name: undefined, scope: undefined, grant_types: ['authorization_code', 'refresh_token'] }
  ],
  'unknown scopes': [{ scope: 'openid toString' }, { scope: undefined }],
  'known scopes': [{ scope: 'items:write openid items:read' }, { scope: 'items:write items:read' }]
}

const bad: Readonly<Record<string, readonly [metadata: unknown, error: string]>> = {
  'a list': [[usual], 'invalid_client_metadata'],
  null: [null, 'invalid_client_metadata'],
  'no redirect URIs': [{}, 'invalid_redirect_uri'],
  'redirect URIs that are null': [{ redirect_uris: null }, 'invalid_redirect_uri'],
  'an empty list of redirect URIs': [{ redirect_uris: [] }, 'invalid_redirect_uri'],
  'a redirect URI as a string': [{ redirect_uris: redirectUri }, 'invalid_redirect_uri'],
  'one bad redirect URI': [{ redirect_uris: [redirectUri, 'http://app.example.com/'] }, 'invalid_redirect_uri'],
  'a script as a redirect URI': [{ redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
  'a redirect URI with a fragment': [{ redirect_uris: [`${redirectUri}#a`] }, 'invalid_redirect_uri'],
  'a redirect URI that is no string': [{ redirect_uris: [7] }, 'invalid_redirect_uri'],
  'a very long redirect URI': [{ redirect_uris: [`${redirectUri}?${'x'.repeat(2048)}`] }, 'invalid_redirect_uri'],
  'a long name': [{ ...usual, client_name: 'x'.repeat(101) }, 'invalid_client_metadata'],
  'an empty name': [{ ...usual, client_name: ' ' }, 'invalid_client_metadata'],
  'a name with a line break': [{ ...usual, client_name: 'a\nb' }, 'invalid_client_metadata'],
  'a name that turns the text around': [{ ...usual, client_name: 'a\u202eb' }, 'invalid_client_metadata'],
  'a name that is no string': [{ ...usual, client_name: 7 }, 'invalid_client_metadata'],
  'a secret in the header': [
    { ...usual, token_endpoint_auth_method: 'client_secret_basic' },
    'invalid_client_metadata'
  ],
  'a method that is no string': [{ ...usual, token_endpoint_auth_method: ['none'] }, 'invalid_client_metadata'],
  'a choice of methods without none': [
    {
      ...usual,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_methods_supported: ['private_key_jwt']
    },
    'invalid_client_metadata'
  ],
  'grant types as a string': [{ ...usual, grant_types: 'authorization_code' }, 'invalid_client_metadata'],
  'no grant type that fits': [{ ...usual, grant_types: ['password'] }, 'invalid_client_metadata'],
  'refresh tokens alone': [{ ...usual, grant_types: ['refresh_token'] }, 'invalid_client_metadata'],
  'no response type that fits': [{ ...usual, response_types: ['token'] }, 'invalid_client_metadata'],
  'response types as a string': [{ ...usual, response_types: 'code' }, 'invalid_client_metadata'],
  'a malformed scope': [{ ...usual, scope: 'items:read "' }, 'invalid_client_metadata'],
  'a scope that is no string': [{ ...usual, scope: ['items:read'] }, 'invalid_client_metadata']
}

t.test('accepts good metadata, and answers with what is in force (RFC 7591 §2.1, §3.2.1)', async (t) => {
  const { app } = await server(t, { endpoint: unlimited })
  for (const [name, [changes, inForce]] of Object.entries(good)) {
    const { status, json } = await register(app, { ...usual, ...changes })
    t.equal(status, 201, name)
    like(t, json, { token_endpoint_auth_method: 'none', response_types: ['code'], ...inForce }, name)
  }
})

t.test('registers a device without redirect URIs and response types (RFC 7591 §2.1, §5)', async (t) => {
  const { app } = await server(t, { endpoint: { ...unlimited, device: true } })
  const grant_types = ['urn:ietf:params:oauth:grant-type:device_code']
  for (const metadata of [
    { grant_types },
    { grant_types, redirect_uris: [] },
    { grant_types, response_types: [], redirect_uris: [redirectUri] }
  ]) {
    const { status, json } = await register(app, metadata)
    t.equal(status, 201, JSON.stringify(metadata))
    like(t, json, { grant_types, response_types: [], redirect_uris: metadata.redirect_uris ?? [] })
  }
  const both = { grant_types: [...grant_types, 'authorization_code'] }
  t.equal((await register(app, both)).json['error'], 'invalid_redirect_uri')
  t.equal((await register(app, { ...usual, ...both, response_types: [] })).json['error'], 'invalid_client_metadata')
})

t.test('refuses bad metadata (RFC 7591 §3.2.2, §5)', async (t) => {
  const { app } = await server(t, { endpoint: unlimited })
  for (const [name, [metadata, error]] of Object.entries(bad)) {
    const { status, json, headers } = await register(app, metadata)
    t.same([status, json['error']], [400, error], name)
    t.same(Object.keys(json), ['error', 'error_description'], name)
    t.equal(headers['cache-control'], 'no-store')
  }
})

t.test('accepts the same metadata in a document, and refuses the same', async (t) => {
  const documents = await documentServer(t)
  let body: unknown
  documents.answer = (request, response) => json(body)(request, response)
  const { authorize } = await serverOf(t, documents)
  const all = [
    ...Object.entries(good).map(([name, [changes]]) => [name, { ...usual, ...changes }, 303] as const),
    ...Object.entries(bad).map(([name, [metadata]]) => [name, metadata, 400] as const)
  ]
  for (const [i, [name, metadata, status]] of all.entries()) {
    const clientId = `http://${documents.host}/${i}`
    const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
    body = isObject ? { client_id: clientId, ...metadata } : metadata
    const uris = (Object(metadata) as { redirect_uris?: unknown }).redirect_uris
    const asked = Array.isArray(uris) ? String(uris[0]) : redirectUri
    t.equal((await authorize({ client_id: clientId, redirect_uri: asked })).status, status, name)
  }
})

t.test('refuses other bodies and methods (RFC 7591 §3, RFC 7592 §2, §2.2)', async (t) => {
  const { app } = await server(t, { endpoint: unlimited })
  for (const [body, headers, status, error] of [
    ['{', {}, 400, 'invalid_client_metadata'],
    ['', {}, 400, 'invalid_client_metadata'],
    ['a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'invalid_client_metadata'],
    [usual, { 'content-type': 'application/jsonp' }, 415, 'invalid_client_metadata'],
    [{ ...usual, padding: 'x'.repeat(8 * 1024) }, {}, 413, 'invalid_request']
  ] as const) {
    const { status: answered, json } = await register(app, body, headers)
    t.same([answered, json['error']], [status, error])
  }
  t.equal((await register(app, usual, { 'content-type': 'application/json; charset=utf-8' })).status, 201)
  t.equal((await app.inject({ method: 'POST', url: '/register', payload: '{}' })).statusCode, 415)
  const bytes = Buffer.from([0x22, 0xff, 0x22])
  const headers = { 'content-type': 'application/json' }
  t.equal((await app.inject({ method: 'POST', url: '/register', headers, payload: bytes })).statusCode, 400)
  for (const [method, url, allow] of [
    ['GET', '/register', 'POST'],
    ['HEAD', '/register', 'POST'],
    ['OPTIONS', '/register', 'POST'],
    ['PUT', '/register/x', 'GET, DELETE'],
    ['POST', '/register/x', 'GET, DELETE'],
    ['HEAD', '/register/x', 'GET, DELETE']
  ] as const) {
    const { statusCode, headers } = await app.inject({ method, url })
    t.same([statusCode, headers.allow], [405, allow], `${method} ${url}`)
  }
})

t.test('answers scripts of every origin, without cookies, unless openToOtherOrigins is false', async (t) => {
  for (const openToOtherOrigins of [true, false]) {
    const { app } = await server(t, { endpoint: { registration: true, openToOtherOrigins } })
    const origin = { origin: 'https://spa.example.com' }
    const expected = openToOtherOrigins ? '*' : undefined
    const { headers, json } = await register(app, usual, origin)
    t.equal(headers['access-control-allow-origin'], expected)
    t.equal(headers['access-control-allow-credentials'], undefined)
    for (const url of ['/register', new URL(json.registration_client_uri).pathname]) {
      const asked = { ...origin, 'access-control-request-method': 'DELETE' }
      const preflight = await app.inject({ method: 'OPTIONS', url, headers: asked })
      t.same(
        [preflight.statusCode, preflight.headers['access-control-allow-origin']],
        [openToOtherOrigins ? 204 : 405, expected]
      )
    }
    t.equal((await register(app, {}, origin)).headers['access-control-allow-origin'], expected)
  }
})

t.test('limits the registrations of one address (RFC 7591 §5)', async (t) => {
  const { app, time } = await server(t, { endpoint: { registration: { perMinute: 2 } } })
  t.equal((await register(app)).status, 201)
  t.equal((await register(app, {})).status, 400)
  const limited = await register(app)
  like(t, limited, { status: 429, json: { error: 'temporarily_unavailable' }, headers: { 'retry-after': '60' } })
  time.seconds += 60
  t.equal((await register(app)).status, 201)
})

t.test('registers no more clients than the option most, until some have expired (RFC 7591 §5)', async (t) => {
  const { app, time } = await server(t, { endpoint: { registration: { most: 3, perMinute: 100 } } })
  for (let i = 0; i < 3; i++) t.equal((await register(app)).status, 201)
  const refused = await register(app)
  like(t, refused, { status: 503, json: { error: 'temporarily_unavailable' }, headers: { 'retry-after': '3600' } })
  time.seconds += 31 * 24 * 60 * 60
  t.equal((await register(app)).status, 201)
})

t.test('answers the refusals of hooks of the application', async (t) => {
  const { app } = await server(t, { endpoint: { registration: true } })
  app.addHook('onRequest', async () => Promise.reject(Object.assign(new Error('canary'), { statusCode: 403 })))
  const { status, json } = await register(app)
  t.equal(status, 403)
  t.same(json, { error: 'invalid_request', error_description: 'The request was refused' })
})

for (const [name, error, status, code] of [
  ['is down', Object.assign(new Error('canary'), { statusCode: 503 }), 503, 'temporarily_unavailable'],
  ['fails', new Error('canary'), 500, 'server_error']
] as const) {
  t.test(`answers ${status} when the store ${name}`, async (t) => {
    const store = memoryStore()
    const records = { ...store.records, create: async () => Promise.reject(error) }
    const { app } = await server(t, { endpoint: { store: { ...store, records }, registration: true } })
    const { status: answered, json } = await register(app)
    t.same([answered, json['error']], [status, code])
    t.notMatch(JSON.stringify(json), /canary/)
  })
}
