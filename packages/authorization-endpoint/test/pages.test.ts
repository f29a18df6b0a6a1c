import { html } from '@latchkey/pages'
import t from 'tap'
import { app, issuer, redirectUri, server } from './fixtures/server.ts'
import { cookieOf } from './fixtures/session.ts'

const firstParty = [{ ...app, isFirstParty: true }]

t.test(
  'posts the answer to the client with response_mode=form_post (OAuth 2.0 Form Post Response Mode, RFC 6749 §10.14)',
  async (t) => {
    const { authorize, exchange } = await server(t, { clients: firstParty })
    const { status, headers, text } = await authorize({ response_mode: 'form_post', state: '"><script>canary' })
    t.equal(status, 200)
    const policy = headers['content-security-policy'] ?? ''
    t.match(policy, /form-action https:\/\/app\.example\.com$/)
    t.match(policy, /script-src 'sha256-[\w+/=]+'; /)
    t.ok(text.includes(`<form method="post" action="${redirectUri}">`))
    t.notOk(text.includes('<script>canary'))
    t.ok(text.includes('<input type="hidden" name="state" value="&#34;&#62;&#60;script&#62;canary">'))
    t.ok(text.includes(`<input type="hidden" name="iss" value="${issuer}">`))
    const code = /name="code" value="([\w-]{43})"/.exec(text)?.[1]
    t.equal((await exchange(code)).status, 200)
    const refused = await authorize({ response_mode: 'form_post', scope: 'admin' })
    t.equal(refused.status, 200)
    t.ok(refused.text.includes('<input type="hidden" name="error" value="invalid_scope">'))
  }
)

for (const [uri, source] of [
  [redirectUri, 'https://app.example.com'],
  ['http://127.0.0.1:4711/callback', 'http://127.0.0.1:4711'],
  ['com.example.app:/callback', 'com.example.app:']
] as const) {
  t.test(`allows the consent form to redirect to ${source}, and nothing else`, async (t) => {
    const { authorize, get } = await server(t, { clients: [{ ...app, redirectUris: [uri] }] })
    const { location } = await authorize({ redirect_uri: uri })
    const page = await get(location)
    const policy = String(page.headers['content-security-policy'])
    t.same(policy.split('; ').at(-1), `form-action 'self' ${source}`)
    t.ok(policy.includes("default-src 'none'"))
    t.notOk(policy.includes('script-src'))
    t.equal(page.headers['referrer-policy'], 'same-origin')
    t.ok(page.text.includes(uri.startsWith('https:') ? 'app.example.com' : 'an app on this device'))
  })
}

t.test(
  'escapes names of clients and users, and shows the identifier of a client without a name (RFC 6749 §10.14)',
  async (t) => {
    const { authorize, get } = await server(t, {
      clients: [
        { ...app, clientName: '<img src=x>' },
        { clientId: 'bare', grantTypes: ['authorization_code'], redirectUris: ['https://bare.example.com/'] }
      ]
    })
    const page = await get((await authorize({}, cookieOf({ subject: '<b>' }))).location, cookieOf({ subject: '<b>' }))
    t.notMatch(page.text, /<img|<b>/)
    t.ok(page.text.includes('&#60;img src=x&#62;'))
    const request = { client_id: 'bare', redirect_uri: undefined, scope: 'items:read other' }
    t.ok((await get((await authorize(request)).location)).text.includes('<strong>bare</strong>'))
  }
)

t.test('shows pages of the application', async (t) => {
  const seen: unknown[] = []
  const { authorize, get } = await server(t, {
    endpoint: {
      render(page) {
        seen.push(page)
        return page.kind === 'consent' ? { title: 'Mine', body: html`<p>${page.client.name}</p>` } : null
      }
    }
  })
  const { location, query } = await authorize()
  const page = await get(location)
  t.ok(page.text.includes('<h1>Mine</h1>\n<p>Photo App</p>'))
  t.same(seen, [
    {
      kind: 'consent',
      client: { clientId: 'app', name: 'Photo App', host: 'app.example.com', redirectHost: 'app.example.com' },
      user: 'Ms alice',
      scopes: [{ scope: 'items:read', description: 'Read your items' }],
      allowed: [],
      form: { action: '/authorize/continue', fields: { id: query['id'] } },
      switchUserUrl: `/login?returnTo=${encodeURIComponent(location)}&prompt=select_account`
    }
  ])
  t.ok((await get('/authorize/continue?id=unknown')).text.includes('This request was answered before, or has expired.'))
})

t.test('keeps its headers when an earlier hook of the application refuses a request', async (t) => {
  const refuse = async (): Promise<never> => {
    throw Object.assign(new Error('canary'), { statusCode: 403 })
  }
  const { authorize } = await server(t, { early: (app) => app.addHook('onRequest', refuse) })
  const { status, headers, text } = await authorize()
  t.equal(status, 403)
  t.equal(headers['vary'], 'Accept')
  t.equal(headers['cache-control'], 'no-store')
  t.notOk(text.includes('canary'))
})

t.test('keeps pages and codes out of caches when a hook of the application allows them (SEC-71)', async (t) => {
  const { authorize, get, decide } = await server(t, {
    early: (app) =>
      app.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'public, max-age=600'))
  })
  const asked = await authorize()
  const page = await get(asked.location)
  const allowed = await decide(asked.location, 'allow')
  t.match(allowed.query['code'], /^[\w-]{43}$/)
  for (const { headers } of [asked, page, allowed, await get('/authorize')])
    t.equal(headers['cache-control'], 'no-store')
})

t.test('limits the requests of an address, also faulty ones and those of unknown clients', async (t) => {
  const { authorize, time } = await server(t, { endpoint: { requestsPerMinute: 3 } })
  t.equal((await authorize({}, null)).status, 303)
  t.equal((await authorize({ response_type: 'token' }, null)).query['error'], 'unsupported_response_type')
  t.equal((await authorize({ client_id: 'unknown' }, null)).status, 400)
  const limited = await authorize({}, null)
  t.equal(limited.status, 429)
  t.ok(limited.text.includes('There were too many requests from your network.'))
  t.equal(limited.location, '')
  t.equal((await authorize({ response_type: 'token' }, null)).status, 429)
  t.equal((await authorize()).status, 303, 'a user at the address')
  time.seconds += 60
  t.equal((await authorize({}, null)).status, 303)
})

t.test('silent requests of browsers without a user do not use up the limit of the others', async (t) => {
  const { authorize, post } = await server(t, { endpoint: { requestsPerMinute: 2, device: true } })
  for (const status of [303, 303, 429]) t.equal((await authorize({ prompt: 'none' }, null)).status, status)
  t.equal((await authorize({}, null)).status, 303)
  for (const status of [400, 429]) {
    t.equal(
      (await post('/device_authorization', { client_id: 'app', scope: '"' })).status,
      status,
      'a faulty device request'
    )
  }
})

t.test('limits the requests that continue, by user and address', async (t) => {
  const { authorize, get, decide } = await server(t, { endpoint: { requestsPerMinute: 3 } })
  const { location } = await authorize()
  for (const status of [200, 200]) t.equal((await get(location)).status, status)
  t.equal((await get('/authorize/continue?id=unknown')).status, 410)
  const limited = await get(location)
  t.same([limited.status, limited.headers['retry-after']], [429, '60'])
  t.equal((await decide(location, 'allow')).status, 429)
  const other = await get(location, cookieOf({ id: 's2', subject: 'bob' }))
  t.equal(other.status, 200, 'another user')
  t.equal((await get(location, null)).status, 303, 'a browser without a user')
})
