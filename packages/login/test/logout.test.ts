import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, server, started } from './fixtures/server.ts'

t.test('GET of the logout page does not end the session (SEC-136)', async (t) => {
  const { provider, browser } = await started(t)
  const alice = browser()
  await alice.login(provider)
  const { statusCode, body, headers } = await alice.get('/logout')
  t.equal(statusCode, 200)
  contains(t, body, '<form method="post" action="/logout">')
  t.notMatch(headers['content-security-policy'], 'form-action')
  t.ok(alice.session)
})

t.test('a logout ends the session, and redirects to the logout of the provider (SEC-124)', async (t) => {
  const { provider, browser, sessions } = await started(t)
  const alice = browser()
  await alice.login(provider)
  const { statusCode, headers } = await alice.post('/logout')
  const url = new URL(String(headers.location))
  t.equal(statusCode, 303)
  t.equal(url.origin + url.pathname, `${provider.issuer}/end-session`)
  t.same(Object.fromEntries(url.searchParams), {
    client_id: 'app',
    post_logout_redirect_uri: 'https://app.example.com/'
  })
  t.equal(sessions.size, 0)
})

t.test('a logout sends the kept ID token to the provider as a hint', async (t) => {
  const { provider, browser } = await started(t, { keepTokens: true })
  const alice = browser()
  await alice.login(provider)
  const { headers } = await alice.post('/logout')
  t.match(new URL(String(headers.location)).searchParams.get('id_token_hint'), /^[\w-]+\.[\w-]+\.[\w-]+$/)
})

const targets = [
  { wanted: '/bye', location: '/bye' },
  { wanted: 'https://www.example.com/bye', location: 'https://www.example.com/bye' },
  { wanted: 'https://www.example.com/bye?', location: '/out' },
  { wanted: '/other', location: '/out' },
  { wanted: '//evil.example', location: '/out' },
  { wanted: '/bye\r\nx: y', location: '/out' },
  { wanted: '/bye%0d%0a', location: '/out' },
  { wanted: '', location: '/out' }
]

for (const { wanted, location } of targets) {
  t.test(`a logout with the target ${JSON.stringify(wanted)} redirects to ${location} (SEC-124)`, async (t) => {
    const postLogoutRedirects = ['/bye', 'https://www.example.com/bye']
    const { provider, browser } = await started(t, { postLogoutRedirects, afterLogout: '/out' })
    const alice = browser()
    t.equal((await alice.post('/logout', { returnTo: wanted })).headers.location, location, 'without a session')
    await alice.login(provider)
    const url = new URL(String((await alice.post('/logout', { returnTo: wanted })).headers.location))
    t.equal(url.searchParams.get('post_logout_redirect_uri'), new URL(location, 'https://app.example.com').href)
  })
}

t.test('a logout ends the session when the provider is down (FAULT-1)', async (t) => {
  const provider = await fakeProvider(t)
  const { browser, sessions } = await server(t, { providers: [house(provider)] })
  const alice = browser()
  await alice.login(provider)
  const restarted = await server(t, { providers: [house(provider)] })
  for (const [id, session] of sessions) restarted.sessions.set(id, session)
  await provider.stop()
  const headers = { cookie: alice.jar.header, 'sec-fetch-site': 'same-origin' }
  const answer = await restarted.app.inject({ method: 'POST', url: '/logout', headers })
  t.equal(answer.headers.location, '/')
  t.equal(restarted.sessions.size, 0)
})

t.test('a logout of a session without a provider redirects to the default', async (t) => {
  const { browser, sessions } = await started(t)
  sessions.set('1', { id: '1', subject: 'alice', claims: {}, createdAt: 0, authenticatedAt: 0 })
  const alice = browser()
  alice.jar.cookies.set('session', '1')
  t.equal((await alice.post('/logout')).headers.location, '/')
  t.equal(sessions.size, 0)
})

t.test('a logout revokes the kept tokens with revokeUpstreamOnLogout', async (t) => {
  const { provider, browser, store } = await started(t, { keepTokens: true, revokeUpstreamOnLogout: true })
  const alice = browser()
  await alice.login(provider)
  const owner = { accountId: String(alice.session?.subject), provider: 'house' }
  t.equal((await alice.post('/logout')).statusCode, 303)
  const revoked = provider.received.find(({ path }) => path === '/revoke')
  like(t, Object.fromEntries(revoked?.form ?? []), { token: 'refresh-0', token_type_hint: 'refresh_token' })
  t.equal(await store.upstreamTokens.find(owner), null)

  provider.tokens = { refresh_token: undefined }
  await alice.login(provider)
  provider.answers.set('/revoke', { status: 503 })
  t.equal((await alice.post('/logout')).statusCode, 303, 'a failed revocation does not stop the logout')
  t.equal(provider.received.findLast(({ path }) => path === '/revoke')?.form.get('token'), 'access-0')
})

t.test('a logout sends no revocation when the provider has no revocation endpoint', async (t) => {
  const { provider, browser, store } = await started(t, { keepTokens: true, revokeUpstreamOnLogout: true })
  provider.metadata = { revocation_endpoint: undefined, end_session_endpoint: undefined }
  const alice = browser()
  await alice.login(provider)
  const owner = { accountId: String(alice.session?.subject), provider: 'house' }
  t.equal((await alice.post('/logout')).headers.location, '/')
  t.equal(await store.upstreamTokens.find(owner), null)
  t.equal((await alice.post('/logout')).headers.location, '/')
})

t.test('a logout without kept tokens sends no hint', async (t) => {
  const { provider, browser, app } = await started(t, { keepTokens: true, revokeUpstreamOnLogout: true })
  const alice = browser()
  await alice.login(provider)
  await app.login.forget(String(alice.session?.subject), 'house')
  const { headers } = await alice.post('/logout')
  t.notOk(new URL(String(headers.location)).searchParams.has('id_token_hint'))
  t.equal(provider.count('/revoke'), 0)
})

t.test('logoutPath: false disables the logout routes', async (t) => {
  const { browser } = await started(t, { logoutPath: false })
  t.equal((await browser().get('/logout')).statusCode, 404)
  t.equal((await browser().post('/logout')).statusCode, 404)
})

t.test('a logout ends the session when the kept tokens cannot be read (SEC-124)', async (t) => {
  for (const find of [
    async () => Promise.reject(new Error('the database is down')),
    async () => ({ sealed: 'damaged', version: '1' })
  ]) {
    const { accounts, upstreamTokens } = memoryStore()
    const store = { accounts, upstreamTokens: { ...upstreamTokens, find } }
    const { provider, browser, sessions } = await started(t, { store, keepTokens: true, revokeUpstreamOnLogout: true })
    const alice = browser()
    await alice.login(provider)
    const { statusCode, headers } = await alice.post('/logout')
    t.equal(statusCode, 303)
    t.ok(String(headers.location).startsWith(`${provider.issuer}/end-session`))
    t.equal(sessions.size, 0)
    t.notOk(alice.jar.cookies.has('session'))
  }
})

t.test(
  'a logout ends the session and deletes its cookie when the guard does not know the user (SEC-124)',
  async (t) => {
    const { provider, browser, app, sessions } = await started(t)
    const alice = browser()
    await alice.login(provider)
    // As with a disabled account: the cookie is valid, but there is no session.
    t.intercept(app.getDecorator<Record<string, unknown>>('sessions'), 'current', { value: () => null })
    t.equal((await alice.post('/logout')).headers.location, '/')
    t.equal(sessions.size, 0)
    t.notOk(alice.jar.cookies.has('session'))
  }
)
