import { like } from '@latchkey/exact'
import { generateSigningKey } from '@latchkey/token-endpoint'
import type { LatchkeyOptions } from 'latchkey'
import { discord } from 'latchkey/providers'
import t from 'tap'
import { addAccount, origin, server, shared, signIn, tokenOf, verifyPassword } from './fixtures/setup.ts'

const provider = discord({ clientId: 'shop', clientSecret: 'not-a-real-one' })

t.test('without a part it is a guard, and loads nothing else', async (t) => {
  const app = await server(t, {})
  like(t, await app.inject('/items'), { statusCode: 401, headers: { 'www-authenticate': undefined } })
  t.same(
    ['tokenEndpoint', 'sessions', 'login', 'passwordLogin', 'swagger'].filter((name) => app.hasDecorator(name)),
    []
  )
})

t.test('the password grant brings a token endpoint, and the server accepts its tokens', async (t) => {
  const app = await server(t, {
    ...shared(),
    guard: { scopes: { 'items:read': 'Read items' } },
    passwordGrant: { verifyPassword },
    openapi: { ui: '/docs' }
  })
  const authorization = `Bearer ${await tokenOf(app, 'alice')}`
  const items = await app.inject({ url: '/items', headers: { authorization } })
  like(t, items, { statusCode: 200, body: '["a brass key"]' })
  like(t, await app.inject('/items'), {
    statusCode: 401,
    headers: { 'www-authenticate': 'Bearer scope="items:read"' }
  })
  const metadata = await app.inject('/.well-known/oauth-authorization-server')
  like(t, metadata.json(), {
    issuer: origin,
    token_endpoint: `${origin}/token`,
    grant_types_supported: ['refresh_token', 'password']
  })
  t.equal(app.tokenEndpoint.audience, origin)
  const document = (await app.inject('/docs/json')).json<{ paths: Record<string, unknown> }>()
  t.ok('/items' in document.paths)
  t.equal(app.hasDecorator('sessions'), false)
})

t.test('bearer: false leaves the own tokens out, and a list of issuers adds others to them', async (t) => {
  const grant = { ...shared(), passwordGrant: { verifyPassword } }
  const without = await server(t, { ...grant, bearer: false })
  const refused = await without.inject({
    url: '/me',
    headers: { authorization: `Bearer ${await tokenOf(without, 'alice')}` }
  })
  t.equal(refused.statusCode, 401)

  const other = { issuer: 'https://login.example.com', audience: origin }
  const both = await server(t, { ...grant, bearer: { issuers: [other] } })
  const own = await both.inject({ url: '/me', headers: { authorization: `Bearer ${await tokenOf(both, 'alice')}` } })
  like(t, own, { statusCode: 200, body: 'alice' })

  const alone = await server(t, { bearer: { issuers: [other] } })
  t.equal(alone.hasDecorator('tokenEndpoint'), false)
  like(t, await alone.inject('/me'), { statusCode: 401, headers: { 'www-authenticate': 'Bearer' } })
})

t.test('the login with a password brings a session, whose pages lead to the form', async (t) => {
  const app = await server(t, { ...shared(), passwordLogin: { verifyPassword, loginPath: '/enter' } })
  const page = await app.inject({ url: '/me', headers: { accept: 'text/html', 'sec-fetch-mode': 'navigate' } })
  like(t, page, { statusCode: 303, headers: { location: '/enter?returnTo=%2Fme' } })
  const login = await app.inject({
    method: 'POST',
    url: '/enter/password',
    headers: { origin },
    payload: { username: 'alice', password: 'wonderland' }
  })
  t.equal(login.statusCode, 200)
  const [session] = login.cookies
  t.equal(session?.name, '__Host-session')
  const cookie = `${session?.name}=${session?.value}`
  like(t, await app.inject({ url: '/me', headers: { cookie } }), { statusCode: 200, body: 'alice' })
})

t.test('the login with providers gives sessions the permissions of their account', async (t) => {
  const all = shared()
  const app = await server(t, { ...all, login: { providers: [provider] } })
  const id = await addAccount(all.store, ['items:read'])
  const cookie = await signIn(app, id)
  like(t, await app.inject({ url: '/items', headers: { cookie } }), { statusCode: 200, body: '["a brass key"]' })
  await all.store.accounts.setPermissions(id, [])
  t.equal((await app.inject({ url: '/items', headers: { cookie } })).statusCode, 403)
  await all.store.accounts.setDisabled(id, true)
  t.equal((await app.inject({ url: '/me', headers: { cookie } })).statusCode, 401)
  const start = await app.inject('/login/discord')
  t.equal(start.statusCode, 303)
  t.equal(new URL(String(start.headers.location)).searchParams.get('redirect_uri'), `${origin}/login/discord/callback`)
})

const logins = { providers: [provider] }
const code = { clientId: 'spa', grantTypes: ['authorization_code'], redirectUris: ['https://spa.example.com/back'] }
for (const { name, options, status } of [
  { name: 'login alone', options: { login: logins }, status: 200 },
  { name: 'clients that act for users', options: { login: logins, tokenEndpoint: { clients: [code] } }, status: 200 },
  {
    name: 'a function of the application',
    options: { login: logins, guard: { permissions: () => [] } },
    status: 403
  },
  { name: 'login.onLogin', options: { login: { ...logins, onLogin: () => ({ subject: 'alice' }) } }, status: 403 },
  { name: 'passwordGrant', options: { login: logins, passwordGrant: { verifyPassword } }, status: 403 },
  { name: 'passwordLogin', options: { login: logins, passwordLogin: { verifyPassword } }, status: 403 },
  {
    name: 'bearer.issuers',
    options: { login: logins, bearer: { issuers: [{ issuer: 'https://id.example', audience: origin }] } },
    status: 403
  },
  {
    name: 'a client that acts for itself',
    options: { login: logins, tokenEndpoint: { clients: [{ ...code, grantTypes: ['client_credentials'] }] } },
    status: 403
  },
  {
    name: 'a function that finds clients',
    options: { login: logins, tokenEndpoint: { clients: async () => null } },
    status: 403
  }
] satisfies { name: string; options: LatchkeyOptions; status: number }[]) {
  t.test(`the permissions of accounts ${status === 200 ? '' : 'do not '}count with ${name}`, async (t) => {
    const all = shared()
    const app = await server(t, { ...all, ...options })
    const cookie = await signIn(app, await addAccount(all.store, ['items:read']))
    t.equal((await app.inject({ url: '/items', headers: { cookie } })).statusCode, status)
  })
}

t.test('tokens have at most the permissions of the account, and a disabled account gets no new one', async (t) => {
  const all = shared()
  const client = { clientId: 'spa', grantTypes: ['urn:example:account', 'refresh_token'] }
  const app = await server(t, { ...all, login: logins, tokenEndpoint: { clients: [client] } })
  const subject = await addAccount(all.store, ['items:read'])
  app.tokenEndpoint.addGrant({
    grantType: 'urn:example:account',
    handle: async () => ({ subject, scopes: ['items:read', 'items:write'], authenticatedAt: 1_700_000_000 })
  })
  const post = async (form: Record<string, string>) =>
    app.inject({
      method: 'POST',
      url: '/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams(form).toString()
    })
  const first = await post({ grant_type: 'urn:example:account', scope: 'items:read items:write' })
  like(t, first.json(), { scope: 'items:read' })
  const { refresh_token } = first.json<{ refresh_token: string }>()
  await all.store.accounts.setDisabled(subject, true)
  const next = await post({ grant_type: 'refresh_token', refresh_token })
  t.equal(next.statusCode, 400)
  like(t, next.json(), { error: 'invalid_grant' })
})

t.test('the authorization endpoint makes the server a resource that clients can discover', async (t) => {
  const app = await server(t, {
    ...shared(),
    passwordLogin: { verifyPassword },
    authorizationEndpoint: { clientDocuments: true }
  })
  const metadata = (await app.inject('/.well-known/oauth-protected-resource')).json<object>()
  like(t, metadata, { resource: origin, authorization_servers: [origin] })
  const issuer = (await app.inject('/.well-known/oauth-authorization-server')).json<object>()
  like(t, issuer, {
    authorization_endpoint: `${origin}/authorize`,
    grant_types_supported: ['refresh_token', 'authorization_code']
  })
  t.equal(await app.tokenEndpoint.findClient('first-party'), undefined)
})

t.test('the audience is that of the resource of the guard, or its own option', async (t) => {
  const grant = { ...shared(), passwordGrant: { verifyPassword } }
  const identifier = 'https://api.example.com'
  const text = await server(t, { ...grant, guard: { resource: identifier } })
  t.equal(text.tokenEndpoint.audience, identifier)
  const object = await server(t, { ...grant, guard: { resource: { identifier } } })
  t.equal(object.tokenEndpoint.audience, identifier)
  const own = await server(t, {
    ...grant,
    authorizationEndpoint: {},
    session: { loginPath: '/elsewhere' },
    tokenEndpoint: { audience: 'items', issuer: 'https://id.example.com' }
  })
  like(t, own.tokenEndpoint, { audience: 'items', issuer: 'https://id.example.com' })
  t.equal((await own.inject('/.well-known/oauth-protected-resource')).statusCode, 404)
})

t.test('a part takes its own members before the shared ones', async (t) => {
  const all = shared()
  const other = shared()
  const app = await server(t, {
    ...all,
    tokenEndpoint: { keys: [await generateSigningKey()], store: other.store },
    session: { secrets: other.secrets, store: other.store, origin: 'https://other.example.com' },
    passwordLogin: { verifyPassword, store: other.store },
    authorizationEndpoint: { store: other.store, loginPath: '/somewhere' }
  })
  t.equal(app.sessions.origin, 'https://other.example.com')
  await signIn(app, 'alice')
  t.equal((await all.store.sessions.list('alice')).length, 0)
  t.equal((await other.store.sessions.list('alice')).length, 1)
  t.equal((await all.store.signingKeys.list()).keys.length, 0)

  const accounts = await server(t, {
    ...all,
    login: { providers: [provider], store: other.store, loginPath: '/start' }
  })
  const cookie = await signIn(accounts, await addAccount(other.store, ['items:read']))
  t.equal((await accounts.inject({ url: '/items', headers: { cookie } })).statusCode, 200)
})

t.test('a member of a part that is undefined does not replace a default', async (t) => {
  const store = shared().store
  const subject = await addAccount(store, ['items:read'])
  const app = await server(t, {
    ...shared(),
    store,
    guard: { scopes: { 'items:read': 'Read items' }, permissions: undefined },
    login: { providers: [provider] },
    session: { loginPath: undefined },
    // Cast: for programs whose types allow it.
    tokenEndpoint: { clients: undefined, audience: undefined } as never
  })
  t.equal(await app.tokenEndpoint.findClient('first-party'), undefined)
  t.equal(app.tokenEndpoint.audience, origin)
  const cookie = await signIn(app, subject)
  t.equal((await app.inject({ url: '/items', headers: { cookie } })).statusCode, 200)
  await store.accounts.setDisabled(subject, true)
  t.equal((await app.inject({ url: '/me', headers: { cookie } })).statusCode, 401)
  const browser = await app.inject({ url: '/me', headers: { accept: 'text/html' } })
  t.same([browser.statusCode, browser.headers.location], [303, '/login?returnTo=%2Fme'])
})
