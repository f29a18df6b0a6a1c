import t from 'tap'
import { app, issuer, redirectUri, requestOf, server } from './fixtures/server.ts'
import { cookieOf } from './fixtures/session.ts'

t.test('answers a client without a name, a state and a secret, at a redirect URI with an empty query', async (t) => {
  const uri = `${redirectUri}?`
  const client = { clientId: 'app', grantTypes: ['authorization_code'], redirectUris: [uri] }
  const { app: fastify, authorize, get, decide } = await server(t, { clients: [client] })
  const nameless = cookieOf({ name: null })
  const { location } = await authorize(
    { redirect_uri: uri, state: undefined, scope: 'items:read items:write' },
    nameless
  )
  t.ok((await get(location, nameless)).text.includes('You are logged in as alice.'))
  const allowed = await decide(location, 'allow', nameless)
  t.match(
    allowed.location,
    /^https:\/\/app\.example\.com\/callback\?code=[\w-]{43}&iss=https%3A%2F%2Fapi\.example\.com$/
  )
  const [consent] = await fastify.authorizationEndpoint.consents('alice')
  t.equal(consent?.clientName, 'app')
})

t.test('gives a client only its own resources (RFC 8707 §2)', async (t) => {
  const resource = 'https://other.example.com'
  const clients = [{ ...app, isFirstParty: true, resources: [resource] }]
  const { authorize, code, exchange } = await server(t, { clients, tokens: { resources: [resource] } })
  t.equal((await authorize({ resource: issuer })).query['error'], 'invalid_target')
  const tokens = await exchange(await code({ resource }))
  const claims = JSON.parse(Buffer.from(String(tokens.json.access_token.split('.')[1]), 'base64url').toString())
  t.equal(claims.aud, resource)
  t.equal((await exchange(await code({ resource }), { resource: issuer })).json['error'], 'invalid_target')
})

t.test('refuses a pushed request of a client without redirect URIs', async (t) => {
  const clients = [{ clientId: 'app', grantTypes: ['authorization_code'] }]
  const { post, get } = await server(t, { clients, endpoint: { pushedRequestPath: '/par' } })
  const pushed = await post('/par', Object.fromEntries(new URLSearchParams(requestOf({ redirect_uri: undefined }))))
  t.same([pushed.status, pushed.json['error']], [400, 'invalid_request'])
  t.equal((await get(`/authorize?${requestOf({ redirect_uri: undefined })}`)).status, 400)
})

t.test('asks about each of several resources', async (t) => {
  const other = 'https://other.example.com'
  const { get, code } = await server(t, { tokens: { resources: [other] } })
  await code({ resource: issuer })
  const both = `${requestOf({ resource: issuer })}&resource=${encodeURIComponent(other)}`
  const asked = await get(`/authorize?${both}`)
  t.match(asked.location, /^\/authorize\/continue\?id=/)
  t.match((await get(asked.location)).text, /asks to:<\/p>\s*<ul><li>Read your items<\/li><\/ul>/)
})

t.test(
  'asks again with the scopes that a decision would be about, also with scopes without a description',
  async (t) => {
    let grantable = ['items:read', 'extra']
    const { authorize, get, decide } = await server(t, { endpoint: { grantableScopes: () => grantable } })
    const { location } = await authorize({ scope: 'items:read extra' })
    t.ok((await get(location)).text.includes('<li>Read your items</li>\n<li>extra</li>'))
    grantable = ['extra']
    t.notOk((await get(location)).text.includes('Read your items'))
    t.match((await decide(location, 'allow')).query['code'], /^[\w-]{43}$/)
  }
)
