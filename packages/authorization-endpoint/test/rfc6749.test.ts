import t from 'tap'
import { app, codeChallenge, issuer, redirectUri, requestOf, server } from './fixtures/server.ts'

for (const [name, changes] of Object.entries<Record<string, string | undefined>>({
  'no client': { client_id: undefined },
  'an unknown client': { client_id: 'nobody' },
  'a client that is named like a member of objects': { client_id: '__proto__' },
  'no redirect URI, and two are registered': { client_id: 'two', redirect_uri: undefined },
  'a client without redirect URIs': { client_id: 'job' },
  'a foreign redirect URI': { redirect_uri: 'https://evil.example.com/callback' },
  'a longer redirect URI': { redirect_uri: `${redirectUri}/more` },
  'a redirect URI with a query': { redirect_uri: `${redirectUri}?a=b` },
  'a redirect URI with a fragment': { redirect_uri: `${redirectUri}#a` },
  'a redirect URI in other letters': { redirect_uri: redirectUri.toUpperCase() },
  'a redirect URI of a script': { redirect_uri: 'javascript:alert(1)' },
  'a redirect URI with a NUL': { redirect_uri: `${redirectUri}\0` },
  'an unknown request_uri': { request_uri: 'urn:ietf:params:oauth:request_uri:none' },
  'a request_uri that would have to be fetched': { request_uri: 'https://app.example.com/request.jwt' }
})) {
  t.test(
    `shows a page and does not redirect for ${name} (RFC 6749 §3.1.2.2, §3.1.2.3, §3.1.2.4, §4.1.2.1, §10.15, RFC 8252 §8.4, RFC 9700 §4.11.2)`,
    async (t) => {
      const job = { clientId: 'job', grantTypes: ['authorization_code'] }
      const two = { ...app, clientId: 'two', redirectUris: [redirectUri, 'https://app.example.com/other'] }
      const { authorize } = await server(t, { clients: [app, job, two] })
      for (const cookie of [undefined, null]) {
        const answer = await authorize({ state: '<b>canary</b>', ...changes }, cookie)
        t.equal(answer.status, 400)
        t.equal(answer.location, '')
        t.match(answer.headers['content-type'], /^text\/html/)
        t.match(answer.headers['content-security-policy'], /frame-ancestors 'none'/)
        t.notMatch(answer.text, /canary|evil|nobody/)
      }
    }
  )
}

for (const [name, changes, error] of [
  ['no response type', { response_type: undefined }, 'invalid_request'],
  ['the response type token', { response_type: 'token' }, 'unsupported_response_type'],
  ['the response type none', { response_type: 'none' }, 'unsupported_response_type'],
  ['several response types', { response_type: 'code id_token' }, 'unsupported_response_type'],
  ['no code challenge', { code_challenge: undefined }, 'invalid_request'],
  ['the challenge method plain', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['no challenge method', { code_challenge_method: undefined }, 'invalid_request'],
  ['a challenge that is no SHA-256', { code_challenge: `${codeChallenge}A` }, 'invalid_request'],
  ['a malformed scope', { scope: 'items:read "' }, 'invalid_scope'],
  ['a scope that no user can have', { scope: 'admin' }, 'invalid_scope'],
  ['an unknown resource', { resource: 'https://other.example.com' }, 'invalid_target'],
  ['a request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
  ['the response mode fragment', { response_mode: 'fragment' }, 'invalid_request'],
  ['an unknown prompt', { prompt: 'create' }, 'invalid_request'],
  ['none beside another prompt', { prompt: 'none login' }, 'invalid_request'],
  ['a max_age that is not a number', { max_age: '-1' }, 'invalid_request'],
  ['a very long parameter', { login_hint: 'x'.repeat(2049) }, 'invalid_request'],
  ['a control character', { login_hint: 'a\nb' }, 'invalid_request']
] as const) {
  t.test(
    `redirects to the client with ${error}, state and iss for ${name} (RFC 6749 §3.1.1, §4.1.2.1, RFC 9207 §2)`,
    async (t) => {
      const { authorize } = await server(t)
      const answer = await authorize(changes)
      t.equal(answer.status, 303)
      t.equal(answer.location.split('?')[0], redirectUri)
      const { error_description: description, ...rest } = answer.query
      t.same(rest, { error, state: 'xyz', iss: issuer })
      t.match(description, /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/)
      t.equal(answer.headers['cache-control'], 'no-store')
    }
  )
}

for (const name of ['client_id', 'redirect_uri']) {
  t.test(`shows a page for two parameters ${name} (RFC 6749 §3.1)`, async (t) => {
    const { get } = await server(t)
    const answer = await get(`/authorize?${requestOf()}&${name}=other`)
    t.equal(answer.status, 400)
    t.equal(answer.location, '')
  })
}

t.test('redirects with invalid_request for another repeated parameter, and for too many (RFC 6749 §3.1)', async (t) => {
  const { get } = await server(t)
  const many = Array.from({ length: 40 }, (_, at) => `x${at}=1`).join('&')
  for (const more of ['scope=items:write', 'state=', many]) {
    const { status, query } = await get(`/authorize?${requestOf()}&${more}`)
    t.equal(status, 303)
    t.equal(query['error'], 'invalid_request')
  }
})

t.test('ignores unknown parameters, and treats parameters without a value as omitted (RFC 6749 §3.1)', async (t) => {
  const { authorize } = await server(t, { clients: [{ ...app, isFirstParty: true }] })
  for (const changes of [
    { unknown: 'x', __proto__: 'x', isFirstParty: 'false' },
    { id_token_hint: 'x'.repeat(5000), ui_locales: 'a\nb' },
    {
      scope: '',
      prompt: '',
      max_age: '',
      resource: '',
      login_hint: '',
      request: '',
      request_uri: '',
      response_mode: ''
    }
  ]) {
    const { location, query } = await authorize(changes)
    t.equal(location.split('?')[0], redirectUri)
    t.same(Object.keys(query), ['code', 'state', 'iss'])
  }
  t.same(Object.keys((await authorize({ state: '' })).query), ['code', 'iss'])
})

t.test('keeps the largest form that it accepts, in full (RFC 6749 §4.1.1)', async (t) => {
  const { app: fastify, get } = await server(t)
  const { cookieOf } = await import('./fixtures/session.ts')
  const state = '\u20AC'.repeat(2048)
  const others = Array.from({ length: 675 }, (_, at) => (at + 36).toString(36).padStart(2, '0'))
  const scope = `items:read ${others.join(' ')}`
  const payload = `${requestOf({ state: undefined, scope: undefined })}&state=${state}&login_hint=${state}&scope=${scope}`
  const asked = await fastify.inject({
    method: 'POST',
    url: '/authorize',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      cookie: cookieOf(),
      'sec-fetch-site': 'same-origin'
    },
    payload
  })
  t.ok(Buffer.byteLength(payload) < 16_384)
  t.equal(asked.statusCode, 303)
  t.equal((await get(asked.headers.location ?? '')).status, 200)
})

t.test('refuses a client without the grant type with unauthorized_client (RFC 6749 §4.1.2.1)', async (t) => {
  const { authorize } = await server(t, { clients: [{ ...app, grantTypes: ['refresh_token'] }] })
  t.equal((await authorize()).query['error'], 'unauthorized_client')
})

t.test(
  'takes the only redirect URI when the request names none, and then the token request needs none (RFC 6749 §3.1.2.3)',
  async (t) => {
    const { code, exchange } = await server(t, { clients: [{ ...app, isFirstParty: true }] })
    const tokens = await exchange(await code({ redirect_uri: undefined }), { redirect_uri: undefined })
    t.equal(tokens.status, 200)
  }
)

t.test('takes a request by POST, and keeps the query of a redirect URI (RFC 6749 §3.1, §3.1.2)', async (t) => {
  const uri = `${redirectUri}?tab=1`
  const { post, app: fastify } = await server(t, { clients: [{ ...app, redirectUris: [uri], isFirstParty: true }] })
  const { cookieOf } = await import('./fixtures/session.ts')
  const form = Object.fromEntries(new URLSearchParams(requestOf({ redirect_uri: uri })))
  const own = await post('/authorize', form, { cookie: cookieOf(), 'sec-fetch-site': 'same-origin' })
  t.equal(own.status, 303)
  t.match(own.location, /^https:\/\/app\.example\.com\/callback\?tab=1&code=[\w-]{43}&state=xyz&iss=/)
  t.equal((await post('/authorize', form)).location.split('?')[0], '/login', 'without a cookie')
  const empty = await fastify.inject({ method: 'POST', url: '/authorize', headers: { accept: 'text/html' } })
  t.equal(empty.statusCode, 400)
})

t.test('answers other methods with 405, and unknown types of bodies with 415 (RFC 6749 §3.1)', async (t) => {
  const { app: fastify } = await server(t)
  for (const url of ['/authorize', '/authorize/continue']) {
    const put = await fastify.inject({ method: 'PUT', url: `${url}?code=canary` })
    t.equal(put.statusCode, 405)
    t.equal(put.headers.allow, 'GET, POST')
    t.same(put.json(), {
      error: 'invalid_request',
      error_description: 'This address answers GET and POST requests only.'
    })
    const json = await fastify.inject({ method: 'POST', url, payload: { a: 1 } })
    t.equal(json.statusCode, 415)
    t.same(json.json(), { error: 'invalid_request', error_description: 'This request cannot be answered.' })
  }
})

t.test('encodes a space of an answer as %20, which every client decodes (RFC 6749 §4.1.2)', async (t) => {
  const { authorize } = await server(t)
  const { location } = await authorize({ state: 'a b+c', response_type: 'none' })
  const [, query] = location.split('?')
  const expected = 'error=unsupported_response_type&error_description='
  t.equal(query?.slice(0, expected.length), expected)
  t.equal(query?.includes('+'), false)
  t.equal(
    query?.split('&').find((member) => member.startsWith('state=')),
    'state=a%20b%2Bc'
  )
})
