import { rejectsLike } from '@latchkey/exact'
import t from 'tap'
import { app, issuer, redirectUri, requestOf, server } from './fixtures/server.ts'
import { cookieOf } from './fixtures/session.ts'

const browser = { cookie: cookieOf(), accept: 'text/html', 'sec-fetch-site': 'same-origin' }

t.test('redirects with 303 after each form of a user (RFC 9700 §4.12)', async (t) => {
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
  'forbids frames, and sends no referrer to other origins, with every page and redirect (RFC 9700 §4.2.4, §4.16)',
  async (t) => {
    const { authorize, get } = await server(t)
    const asked = await authorize()
    for (const [name, { headers }] of Object.entries({
      consent: await get(asked.location),
      fault: await authorize({ client_id: 'nobody' }),
      gone: await get('/authorize/continue?id=unknown'),
      form: await authorize({ response_mode: 'form_post', response_type: 'token' }),
      redirect: asked
    })) {
      t.match(headers['content-security-policy'], /frame-ancestors 'none'/, name)
      // With no-referrer a form would have the origin null.
      const hasForm = name === 'consent' || name === 'form'
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
  'binds refresh tokens to the scopes, the resource and the client of the consent (RFC 9700 §4.14.2)',
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

t.test('refuses a code at another redirect URI of the same client (RFC 9700 §4.5.2)', async (t) => {
  const second = 'https://app.example.com/other'
  const { code, exchange } = await server(t, { clients: [{ ...app, redirectUris: [redirectUri, second] }] })
  const given = await code({ redirect_uri: second })
  t.equal((await exchange(given)).json['error'], 'invalid_grant')
  t.equal((await exchange(given, { redirect_uri: second })).status, 200)
})

t.test('refuses to register redirect URIs with http, a fragment or a script (RFC 9700 §2.6)', async (t) => {
  for (const uri of ['http://app.example.com/callback', `${redirectUri}#part`, 'javascript:alert(1)']) {
    const starting = server(t, { clients: [{ ...app, redirectUris: [uri] }] })
    await rejectsLike(t, starting, { code: 'LATCHKEY_REGISTRATION' }, uri)
  }
})

t.test('takes no registered redirect URI for a pattern (RFC 9700 §4.1.3)', async (t) => {
  for (const uri of ['https://app.example.com/*', 'https://app.example.com/.*', 'https://app.example.com/']) {
    const { authorize } = await server(t, { clients: [{ ...app, redirectUris: [uri] }] })
    t.equal((await authorize({ redirect_uri: redirectUri })).status, 400)
  }
})

t.test('issues no tokens in an authorization response (RFC 9700 §2.1.2)', async (t) => {
  const { authorize } = await server(t, { clients: [{ ...app, isFirstParty: true }] })
  for (const type of ['token', 'code token', 'id_token', 'code id_token token']) {
    const { location, query } = await authorize({ response_type: type })
    t.same([query['error'], query['code'], query['access_token']], ['unsupported_response_type', undefined, undefined])
    t.notOk(location.includes('#'), type)
  }
})
