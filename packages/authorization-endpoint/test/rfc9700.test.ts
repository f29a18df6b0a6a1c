import { rejectsLike } from '@latchkey/exact'
import t from 'tap'
import { app, issuer, redirectUri, requestOf, server } from './fixtures/server.ts'
import { documentServer } from './fixtures/documents.ts'
import { register } from './fixtures/registration.ts'
import { cookieOf } from './fixtures/session.ts'

const browser = { cookie: cookieOf(), accept: 'text/html', 'sec-fetch-site': 'same-origin' }

t.test('redirects with 303 after each form of a user (RFC 9700 §2.1, §4.12)', async (t) => {
  const { authorize, get, decide, post } = await server(t)
  for (const decision of ['deny', 'allow']) {
    const { location } = await authorize()
    await get(location)
    t.equal((await decide(location, decision)).status, 303)
  }
  const form = Object.fromEntries(new URLSearchParams(requestOf()))
  t.equal((await post('/authorize', form, browser)).status, 303)
  t.equal((await post('/authorize', form)).status, 303, 'to the login')
})

t.test(
  'forbids frames, and sends no referrer to other origins, with every page and redirect (RFC 6749 §10.13, RFC 9700 §4.2.4, §4.16)',
  async (t) => {
    const { authorize, get } = await server(t, { endpoint: { device: true } })
    const asked = await authorize()
    for (const [name, { headers }] of Object.entries({
      consent: await get(asked.location),
      fault: await authorize({ client_id: 'nobody' }),
      gone: await get('/authorize/continue?id=unknown'),
      device: await get('/device'),
      form: await authorize({ response_mode: 'form_post', response_type: 'token' }),
      redirect: asked
    })) {
      t.match(headers['content-security-policy'], /frame-ancestors 'none'/, name)
      t.equal(headers['x-frame-options'], 'DENY', name)
      // With no-referrer a form would have the origin null.
      const hasForm = ['consent', 'device', 'form'].includes(name)
      t.equal(headers['referrer-policy'], hasForm ? 'same-origin' : 'no-referrer', name)
      t.equal(headers['cache-control'], 'no-store', name)
    }
  }
)

t.test('loads and links to nothing of another origin on the consent page (RFC 9700 §4.2.4)', async (t) => {
  const { authorize, get } = await server(t)
  const { text } = await get((await authorize()).location)
  const urls = [...text.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, url = '']) => new URL(url, issuer).origin)
  t.ok(urls.length >= 2)
  t.same(new Set(urls), new Set([issuer]))
})

t.test(
  'binds refresh tokens to the scopes, the resource and the client of the consent (RFC 9700 §2.2.2, §4.14.2)',
  async (t) => {
    const resource = 'https://other.example.com'
    const other = { ...app, clientId: 'other' }
    const { code, exchange, post } = await server(t, { clients: [app, other], tokens: { resources: [resource] } })
    const { json } = await exchange(await code({ resource }))
    let token = json.refresh_token
    const refresh = async (changes: Record<string, string> = {}): ReturnType<typeof post> =>
      post('/token', { grant_type: 'refresh_token', client_id: 'app', refresh_token: token, ...changes })
    for (const [changes, error] of [
      [{ scope: 'items:read items:write' }, 'invalid_scope'],
      [{ resource: issuer }, 'invalid_target'],
      [{ client_id: 'other' }, 'invalid_grant']
    ] as const) {
      const refused = await refresh(changes)
      t.same([refused.status, refused.json['error']], [400, error])
    }
    for (const changes of [{}, { resource }]) {
      const { status, json } = await refresh(changes)
      const claims = JSON.parse(Buffer.from(String(json.access_token.split('.')[1]), 'base64url').toString())
      t.same([status, json['scope'], claims.aud], [200, 'items:read', resource])
      t.not(json.refresh_token, token, 'it is rotated (§2.2.2)')
      token = json.refresh_token
    }
  }
)

t.test(
  'refuses a code at another redirect URI of the same client (RFC 6749 §4.1.3, §10.6, RFC 9700 §4.5.2)',
  async (t) => {
    const second = 'https://app.example.com/other'
    const { code, exchange } = await server(t, { clients: [{ ...app, redirectUris: [redirectUri, second] }] })
    const given = await code({ redirect_uri: second })
    t.equal((await exchange(given)).json['error'], 'invalid_grant')
    t.equal((await exchange(given, { redirect_uri: second })).status, 200)
  }
)

t.test(
  'refuses to register redirect URIs with http, a fragment or a script (RFC 6749 §3.1.2, §3.1.2.1, RFC 9700 §2.6)',
  async (t) => {
    for (const uri of ['http://app.example.com/callback', `${redirectUri}#part`, 'javascript:alert(1)']) {
      const starting = server(t, { clients: [{ ...app, redirectUris: [uri] }] })
      await rejectsLike(t, starting, { code: 'LATCHKEY_REGISTRATION' }, uri)
    }
  }
)

t.test(
  'takes no registered redirect URI for a pattern (RFC 6749 §10.6, RFC 8252 §8.4, RFC 9700 §2.1, §4.1.3)',
  async (t) => {
    for (const uri of ['https://app.example.com/*', 'https://app.example.com/.*', 'https://app.example.com/']) {
      const { authorize } = await server(t, { clients: [{ ...app, redirectUris: [uri] }] })
      t.equal((await authorize({ redirect_uri: redirectUri })).status, 400)
    }
  }
)

t.test('issues no tokens in an authorization response (RFC 8252 §8.2, RFC 9700 §2.1.2, §4.6.1)', async (t) => {
  const { authorize } = await server(t, { clients: [{ ...app, isFirstParty: true }] })
  for (const type of ['token', 'code token', 'id_token', 'code id_token token']) {
    const { location, query } = await authorize({ response_type: type })
    t.same([query['error'], query['code'], query['access_token']], ['unsupported_response_type', undefined, undefined])
    t.notOk(location.includes('#'), type)
  }
})

t.test('redirects no browser without a user to a client that describes itself (RFC 9700 §4.11.2)', async (t) => {
  const documents = await documentServer(t)
  const endpoint = { registration: true, clientDocuments: { insecureClientHosts: [documents.host] } }
  const { app: fastify, authorize, post } = await server(t, { endpoint })
  const { json } = await register(fastify)
  const faults = [
    { response_type: 'token' },
    { code_challenge: undefined },
    { scope: '"' },
    { resource: 'https://other.example.com' },
    { prompt: 'none login' }
  ]
  for (const client_id of [json.client_id, documents.clientId]) {
    for (const fault of faults) {
      const changes = { client_id, ...fault }
      const shown = await authorize(changes, null)
      t.same([shown.status, shown.location], [400, ''], JSON.stringify(changes))
      t.match(shown.text, /The app sent a faulty request\./)
      t.notMatch(shown.text, /example\.com|xyz/)
    }
    const form = Object.fromEntries(new URLSearchParams(requestOf({ client_id, response_type: 'token' })))
    t.same((await post('/authorize', form)).location, '')
  }
  for (const fault of faults) {
    const { location, query } = await authorize(fault, null)
    t.same([location.split('?')[0], query['state'], query['iss']], [redirectUri, 'xyz', issuer], 'a listed client')
    t.ok(query['error'])
  }
})

t.test('redirects with an error to a listed client that has a metadata document too (RFC 9700 §4.11.2)', async (t) => {
  const documents = await documentServer(t)
  const { authorize } = await server(t, {
    clients: [{ ...app, clientId: documents.clientId }],
    endpoint: { clientDocuments: { insecureClientHosts: [documents.host] } }
  })
  const { status, location, query } = await authorize({ client_id: documents.clientId, scope: 'admin' })
  t.same([status, location.split('?')[0], query['error']], [303, redirectUri, 'invalid_scope'])
  t.same(documents.asked, [])
})

t.test(
  'asks the user before an error goes to the website of a client that describes itself (RFC 9700 §4.11.2)',
  async (t) => {
    const documents = await documentServer(t)
    const endpoint = { registration: true, clientDocuments: { insecureClientHosts: [documents.host] } }
    const { app: fastify, authorize, get } = await server(t, { endpoint })
    const { json } = await register(fastify)
    for (const client_id of [json.client_id, documents.clientId]) {
      for (const [changes, error, cookie] of [
        [{ response_type: 'token' }, 'unsupported_response_type', undefined],
        [{ scope: 'admin' }, 'invalid_scope', undefined],
        [{ prompt: 'none' }, 'consent_required', undefined],
        [{ prompt: 'none' }, 'login_required', null],
        [{ prompt: 'none', response_type: 'token' }, 'unsupported_response_type', null]
      ] as const) {
        const shown = await authorize({ client_id, ...changes }, cookie)
        t.same([shown.status, shown.location], [400, ''], error)
        t.ok(shown.text.includes('<strong>app.example.com</strong>'))
        const { url, query } = linkIn(shown.text)
        t.equal(url, redirectUri)
        t.same([query['error'], query['state'], query['iss']], [error, 'xyz', issuer])
      }
      const anonymous = await authorize({ client_id, scope: 'admin' }, null)
      const later = await get(continueUrlIn(anonymous.location))
      t.same([later.status, linkIn(later.text).query['error']], [400, 'invalid_scope'], 'after the login')
      const posted = await authorize({ client_id, scope: 'admin', response_mode: 'form_post' })
      t.equal(posted.status, 400)
      t.ok(posted.text.includes(`<form method="post" action="${redirectUri}">`))
      t.ok(posted.text.includes('<input type="hidden" name="error" value="invalid_scope">'))
      t.notMatch(posted.text, /<script/)
      t.match(posted.headers['content-security-policy'], /form-action https:\/\/app\.example\.com$/)
    }
  }
)

t.test('redirects with an error to an app on the device of the user (RFC 9700 §4.11.2)', async (t) => {
  const { app: fastify, authorize } = await server(t, { endpoint: { registration: true } })
  for (const uri of ['http://127.0.0.1:4711/callback', 'com.example.app:/callback']) {
    const { json } = await register(fastify, { redirect_uris: [uri] })
    for (const [changes, cookie] of [
      [{ response_type: 'token' }, undefined],
      [{ scope: 'admin' }, undefined],
      [{ prompt: 'none' }, null]
    ] as const) {
      const { status, location } = await authorize({ client_id: json.client_id, redirect_uri: uri, ...changes }, cookie)
      t.same([status, location.split('?')[0]], [303, uri])
    }
  }
})

t.test(
  'accepts a code verifier only for a request that had a challenge (RFC 7636 §4.4.1, RFC 9700 §2.1.1, §4.8.2)',
  async (t) => {
    const clients = [{ ...app, isFirstParty: true }]
    const { authorize, code, exchange } = await server(t, { clients })
    for (const changes of [
      { code_challenge: undefined },
      { code_challenge: '' },
      { code_challenge_method: undefined }
    ]) {
      const { query } = await authorize(changes)
      t.same([query['code'], query['error']], [undefined, 'invalid_request'])
    }
    const stripped = await exchange(await code(), { code_verifier: undefined })
    t.same([stripped.status, stripped.json['error']], [400, 'invalid_request'])
  }
)

t.test(
  'gives clients that register an identifier that they cannot choose (RFC 7591 §3.2.1, RFC 9700 §2.6, §4.15.1)',
  async (t) => {
    const { app: fastify } = await server(t, { endpoint: { registration: true } })
    const metadata = { client_id: 'alice', sub: 'alice', redirect_uris: [redirectUri] }
    const { status, json } = await register(fastify, metadata)
    t.equal(status, 201)
    t.match(json.client_id, /^[\w-]{22}$/)
  }
)

t.test('sends no Access-Control-Allow-Origin with the authorization endpoint (RFC 9700 §2.6)', async (t) => {
  const { app: fastify } = await server(t)
  for (const method of ['GET', 'POST', 'OPTIONS'] as const) {
    const headers = { origin: 'https://other.example.com', 'access-control-request-method': 'GET' }
    const answer = await fastify.inject({ method, url: `/authorize?${requestOf()}`, headers })
    t.equal(answer.headers['access-control-allow-origin'], undefined, method)
  }
})

/** The link of a page to the client. */
function linkIn(text: string): { readonly url: string; readonly query: Readonly<Record<string, string>> } {
  const [, href = ''] = /<a class="button main" href="([^"]*)"/.exec(text) ?? []
  const [url = '', query] = href.replaceAll('&#38;', '&').split('?')
  return { url, query: Object.fromEntries(new URLSearchParams(query)) }
}

/** The URL where a request continues after the login. */
function continueUrlIn(loginUrl: string): string {
  return new URL(loginUrl, issuer).searchParams.get('returnTo') ?? ''
}
