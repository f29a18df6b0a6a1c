import t from 'tap'
import { app, issuer, redirectUri, server } from './fixtures/server.ts'
import { cookieOf } from './fixtures/session.ts'

t.test('remembers a consent, and asks for new scopes only', async (t) => {
  const { authorize, get, code, decide } = await server(t)
  await code({ scope: 'items:read' })
  t.match((await authorize({ scope: 'items:read' })).query['code'], /^[\w-]{43}$/)
  const more = await authorize({ scope: 'items:read items:write' })
  const page = await get(more.location)
  t.match(page.text, /asks to:<\/p>\s*<ul><li>Change your items<\/li><\/ul>/)
  t.match(page.text, /allowed it before to:<\/p>\s*<ul><li>Read your items<\/li><\/ul>/)
  t.match((await decide(more.location, 'allow')).query['code'], /^[\w-]{43}$/)
  t.match((await authorize({ scope: 'items:write' })).query['code'], /^[\w-]{43}$/)
})

t.test(
  'asks again for another resource, another user, prompt=consent, and after the consent has expired',
  async (t) => {
    const resource = 'https://other.example.com'
    const {
      app: fastify,
      authorize,
      code,
      time
    } = await server(t, {
      tokens: { resources: [resource] },
      endpoint: { consentLifetime: 100 }
    })
    await code()
    const isAsked = async (...request: Parameters<typeof authorize>): Promise<boolean> =>
      (await authorize(...request)).location.startsWith('/authorize/continue?id=')
    t.equal(await isAsked(), false)
    t.equal(await isAsked({ resource }), true)
    t.equal(await isAsked({}, cookieOf({ id: 's9', subject: 'bob' })), true)
    t.equal(await isAsked({ prompt: 'consent' }), true)
    time.seconds += 100
    t.same(await fastify.authorizationEndpoint.consents('alice'), [])
    t.equal(await isAsked(), true)
  }
)

t.test('answers access_denied when the user refuses, once (RFC 6749 §4.1.2.1)', async (t) => {
  const { authorize, get, decide } = await server(t)
  const { location } = await authorize()
  await get(location)
  const denied = await decide(location, 'deny')
  t.equal(denied.status, 303)
  t.equal(denied.location.split('?')[0], redirectUri)
  t.same(denied.query, { error: 'access_denied', error_description: 'The user refused', state: 'xyz', iss: issuer })
  for (const decision of ['deny', 'allow']) {
    const again = await decide(location, decision)
    t.equal(again.status, 410)
    t.equal(again.location, '')
  }
  t.equal((await get(location)).status, 410)
})

t.test('takes one of fifty decisions at once', async (t) => {
  const { authorize, get, decide } = await server(t)
  const { location } = await authorize()
  await get(location)
  const answers = await Promise.all(Array.from({ length: 50 }, async () => decide(location, 'allow')))
  t.equal(answers.filter(({ query }) => query['code'] !== undefined).length, 1)
  t.equal(answers.filter(({ status }) => status === 410).length, 49)
})

t.test('asks again when another user, another session or an anonymous browser decides (RFC 6749 §10.12)', async (t) => {
  const { authorize, get, decide } = await server(t)
  const { location } = await authorize()
  t.equal((await decide(location, 'allow')).location, location, 'the user was not asked yet')
  await get(location)
  t.equal((await decide(location, 'allow', cookieOf({ id: 's9', subject: 'bob' }))).location, location)
  t.equal((await decide(location, 'allow', cookieOf({ id: 's2' }))).location, location)
  t.equal((await get(location, cookieOf({ id: 's2' }))).status, 200, 'another session is asked')
  t.equal((await decide(location, 'allow')).location, location)
  await get(location)
  t.equal((await decide(location, 'perhaps')).location, location)
  t.match((await decide(location, 'allow')).query['code'], /^[\w-]{43}$/)
})

t.test('asks again when the user may give less than the page said', async (t) => {
  let grantable = ['items:read', 'items:write']
  const { authorize, get, decide } = await server(t, { endpoint: { grantableScopes: async () => grantable } })
  const { location } = await authorize({ scope: 'items:read items:write' })
  await get(location)
  grantable = ['items:read']
  t.equal((await decide(location, 'allow')).location, location)
  t.notMatch((await get(location)).text, /Change your items/)
  grantable = []
  t.equal((await decide(location, 'allow')).query['error'], 'invalid_scope')
  t.equal((await get(location)).status, 410)
})

t.test('grantable scopes that are a text are an error, and not letters (SEC-70)', async (t) => {
  const scopes = { i: 'A letter', 'items:read': 'Read your items' }
  const { authorize } = await server(t, { guard: { scopes }, endpoint: { grantableScopes: () => 'items:read' } })
  for (const scope of ['i', 'items:read']) t.equal((await authorize({ scope })).status, 500)
})

t.test('refuses a decision that a page of another site sends (RFC 6749 §10.12)', async (t) => {
  const { authorize, get, post } = await server(t)
  const { location, query } = await authorize()
  await get(location)
  const form = { id: query['id'] ?? '', decision: 'allow' }
  const forged = await post('/authorize/continue', form, { cookie: cookieOf(), 'sec-fetch-site': 'cross-site' })
  t.equal(forged.status, 403)
  t.equal(forged.location, '')
  t.equal((await get(location)).status, 200, 'the request still waits')
})

t.test(
  'clips the scopes to those of the client and of the user, and takes the default scopes for none (RFC 6749 §3.3, RFC 9700 §2.3)',
  async (t) => {
    const client = {
      ...app,
      isFirstParty: true,
      scopes: ['items:read', 'admin'],
      defaultScopes: ['items:read', 'items:write']
    }
    const { code, exchange } = await server(t, { clients: [client] })
    for (const scope of ['items:read items:write admin', undefined]) {
      t.equal((await exchange(await code({ scope }))).json['scope'], 'items:read')
    }
  }
)

t.test('asks for consent once for a resource when no scope is asked for', async (t) => {
  const resource = 'https://other.example.com'
  const { authorize, code } = await server(t, { tokens: { resources: [resource] } })
  await code({ scope: undefined })
  t.match((await authorize({ scope: undefined })).query['code'], /^[\w-]{43}$/)
  t.match((await authorize({ scope: undefined, resource })).location, /^\/authorize\/continue\?id=/)
  t.equal((await authorize({ scope: undefined, resource, prompt: 'none' })).query['error'], 'consent_required')
  await code({ scope: undefined, resource })
  t.match((await authorize({ scope: undefined, resource })).query['code'], /^[\w-]{43}$/)
})

t.test('lists the apps with access, and withdrawing a consent ends their tokens and codes', async (t) => {
  const { app: fastify, code, exchange, refresh, time } = await server(t)
  const tokens = await exchange(await code())
  const unused = await code()
  const { authorizationEndpoint, tokenEndpoint } = fastify
  t.same(await authorizationEndpoint.consents('alice'), [
    { clientId: 'app', clientName: 'Photo App', scopes: { '': ['items:read'] }, grantedAt: time.seconds }
  ])
  t.same(await authorizationEndpoint.consents('bob'), [])
  t.equal(await authorizationEndpoint.withdrawConsent('bob', 'app'), false)
  t.equal((await refresh(tokens.json.refresh_token)).status, 200)
  t.equal(await authorizationEndpoint.withdrawConsent('alice', 'app'), true)
  t.same(await authorizationEndpoint.consents('alice'), [])
  t.equal((await exchange(unused)).status, 400)
  t.equal((await refresh(tokens.json.refresh_token)).status, 400)
  const claims = JSON.parse(Buffer.from(String(tokens.json.access_token.split('.')[1]), 'base64url').toString())
  t.equal(tokenEndpoint.isRevoked(claims), true)
})

t.test('shows a page when the client disappears while the user decides', async (t) => {
  let clients = [app]
  const { authorize, get, decide } = await server(t, {
    clients: async (id) => clients.find(({ clientId }) => clientId === id)
  })
  const { location } = await authorize()
  clients = []
  t.equal((await get(location)).status, 400)
  t.equal((await decide(location, 'allow')).status, 400)
})
