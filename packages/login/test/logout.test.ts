import t from 'tap'
import { fakeProvider, sign } from './fake-provider.ts'
import { house, server, started } from './server.ts'
import { discord } from '@latchkey/login'

t.test('opening the logout page logs nobody out (SEC-136)', async (t) => {
  const { provider, browser } = await started(t)
  const alice = browser()
  await alice.login(provider)
  const { statusCode, body, headers } = await alice.get('/logout')
  t.equal(statusCode, 200)
  t.match(body, '<form method="post" action="/logout">')
  t.notMatch(headers['content-security-policy'], 'form-action')
  t.ok(alice.session)
})

t.test('a logout ends the session here, and then with the provider (SEC-124)', async (t) => {
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

t.test('a provider that gave an ID token gets it as a hint, when tokens are kept', async (t) => {
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
  t.test(`a logout that is to end at ${JSON.stringify(wanted)} ends at ${location} (SEC-124)`, async (t) => {
    const postLogoutRedirects = ['/bye', 'https://www.example.com/bye']
    const { provider, browser } = await started(t, { postLogoutRedirects, afterLogout: '/out' })
    const alice = browser()
    t.equal((await alice.post('/logout', { returnTo: wanted })).headers.location, location, 'without a session')
    await alice.login(provider)
    const url = new URL(String((await alice.post('/logout', { returnTo: wanted })).headers.location))
    t.equal(url.searchParams.get('post_logout_redirect_uri'), new URL(location, 'https://app.example.com').href)
  })
}

t.test('a provider that is down keeps nobody logged in (FAULT-1)', async (t) => {
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

t.test('somebody who came in another way is logged out here', async (t) => {
  const { browser, sessions } = await started(t)
  sessions.set('1', { id: '1', subject: 'alice', claims: {}, authenticatedAt: 0 })
  const alice = browser()
  alice.jar.cookies.set('session', '1')
  t.equal((await alice.post('/logout')).headers.location, '/')
  t.equal(sessions.size, 0)
})

t.test('a logout revokes the tokens that are kept, when it is told to', async (t) => {
  const { provider, browser, store } = await started(t, { keepTokens: true, revokeUpstreamOnLogout: true })
  const alice = browser()
  await alice.login(provider)
  const owner = { accountId: String(alice.session?.subject), provider: 'house' }
  t.equal((await alice.post('/logout')).statusCode, 303)
  const revoked = provider.received.find(({ path }) => path === '/revoke')
  t.match(Object.fromEntries(revoked?.form ?? []), { token: 'refresh-0', token_type_hint: 'refresh_token' })
  t.equal(await store.upstreamTokens.find(owner), null)

  provider.tokens = { refresh_token: undefined }
  await alice.login(provider)
  provider.answers.set('/revoke', { status: 503 })
  t.equal((await alice.post('/logout')).statusCode, 303, 'a provider that does not revoke keeps nobody logged in')
  t.equal(provider.received.findLast(({ path }) => path === '/revoke')?.form.get('token'), 'access-0')
})

t.test('a provider that cannot revoke tokens is not asked to', async (t) => {
  const { provider, browser, store } = await started(t, { keepTokens: true, revokeUpstreamOnLogout: true })
  provider.metadata = { revocation_endpoint: undefined, end_session_endpoint: undefined }
  const alice = browser()
  await alice.login(provider)
  const owner = { accountId: String(alice.session?.subject), provider: 'house' }
  t.equal((await alice.post('/logout')).headers.location, '/')
  t.equal(await store.upstreamTokens.find(owner), null)
  t.equal((await alice.post('/logout')).headers.location, '/')
})

t.test('a logout without kept tokens gives no hint', async (t) => {
  const { provider, browser, app } = await started(t, { keepTokens: true, revokeUpstreamOnLogout: true })
  const alice = browser()
  await alice.login(provider)
  await app.login.forget(String(alice.session?.subject), 'house')
  const { headers } = await alice.post('/logout')
  t.notOk(new URL(String(headers.location)).searchParams.has('id_token_hint'))
  t.equal(provider.count('/revoke'), 0)
})

t.test('there need not be a logout', async (t) => {
  const { browser } = await started(t, { logoutPath: false })
  t.equal((await browser().get('/logout')).statusCode, 404)
  t.equal((await browser().post('/logout')).statusCode, 404)
})

const event = { 'http://schemas.openid.net/event/backchannel-logout': {} }

function logoutClaims(issuer: string): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  return { iss: issuer, aud: 'app', iat: now, exp: now + 120, jti: String(Math.random()), events: event, sid: 's-1' }
}

t.test('a provider ends the one session that it names', async (t) => {
  const { provider, browser, sessions } = await started(t)
  provider.claims = { sid: 's-1' }
  await browser().login(provider)
  provider.claims = { sid: 's-2' }
  await browser().login(provider)
  const token = await sign(logoutClaims(provider.issuer), { typ: 'logout+jwt' })
  const { statusCode, headers } = await browser().post('/login/house/backchannel-logout', { logout_token: token })
  t.equal(statusCode, 200)
  t.equal(headers['cache-control'], 'no-store')
  t.same(
    [...sessions.values()].map(({ upstream }) => upstream?.sid),
    ['s-2']
  )
})

t.test('a provider ends all sessions of somebody', async (t) => {
  const { provider, browser, sessions } = await started(t)
  await browser().login(provider)
  await browser().login(provider)
  const send = async (sub: string): Promise<number> => {
    const token = await sign({ ...logoutClaims(provider.issuer), sid: undefined, sub })
    return (await browser().post('/login/house/backchannel-logout', { logout_token: token })).statusCode
  }
  t.equal(await send('somebody-else'), 200)
  t.equal(sessions.size, 2)
  t.equal(await send('alice-1'), 200)
  t.equal(sessions.size, 0)
})

const useless: { title: string; claims?: Record<string, unknown>; header?: Record<string, unknown> }[] = [
  { title: 'another type', header: { typ: 'at+jwt' } },
  { title: 'another issuer', claims: { iss: 'https://evil.example' } },
  { title: 'another audience', claims: { aud: 'other' } },
  { title: 'no issue time', claims: { iat: undefined } },
  { title: 'an issue time long ago', claims: { iat: Math.floor(Date.now() / 1000) - 700, exp: undefined } },
  { title: 'an end that has passed', claims: { exp: Math.floor(Date.now() / 1000) - 60 } },
  { title: 'no events', claims: { events: undefined } },
  { title: 'other events', claims: { events: { 'https://example.com/event': {} } } },
  { title: 'events that are a text', claims: { events: 'x' } },
  { title: 'events that are nothing', claims: { events: null } },
  { title: 'a nonce', claims: { nonce: 'x' } },
  { title: 'neither subject nor session', claims: { sid: undefined } },
  { title: 'no identifier', claims: { jti: undefined } },
  { title: 'an identifier that is a number', claims: { jti: 1 } }
]

for (const { title, claims = {}, header = { typ: 'logout+jwt' } } of useless) {
  t.test(`a logout token with ${title} is refused`, async (t) => {
    const { provider, browser, sessions, app } = await started(t)
    provider.claims = { sid: 's-1' }
    await browser().login(provider)
    const payload = { ...logoutClaims(provider.issuer), ...claims }
    const answer = await app.inject({
      method: 'POST',
      url: '/login/house/backchannel-logout',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ logout_token: await sign(payload, header) }).toString()
    })
    t.equal(answer.statusCode, 400)
    t.match(answer.json(), { error: 'invalid_logout_token' })
    t.equal(answer.headers['cache-control'], 'no-store')
    t.equal(sessions.size, 1)
  })
}

t.test('a logout token is good for one use, with a store for that and without', async (t) => {
  for (const options of [{}, { store: undefined, onLogin: () => ({ subject: 'alice' }) }]) {
    const { provider, browser } = await started(t, options)
    const token = await sign(logoutClaims(provider.issuer))
    t.equal((await browser().post('/login/house/backchannel-logout', { logout_token: token })).statusCode, 200)
    t.equal((await browser().post('/login/house/backchannel-logout', { logout_token: token })).statusCode, 400)
  }
})

t.test('without accounts a provider cannot end the sessions of a subject', async (t) => {
  const { provider, browser, sessions } = await started(t, { store: undefined, onLogin: () => ({ subject: 'alice' }) })
  await browser().login(provider)
  const token = await sign({ ...logoutClaims(provider.issuer), sid: undefined, sub: 'alice-1' })
  t.equal((await browser().post('/login/house/backchannel-logout', { logout_token: token })).statusCode, 200)
  t.equal(sessions.size, 1)
})

t.test('used logout tokens are forgotten when they are too old to be used', async (t) => {
  let now = Date.now()
  const setting = { store: undefined, onLogin: () => ({ subject: 'alice' }), now: () => now }
  const { provider, browser } = await started(t, setting)
  const token = await sign({ ...logoutClaims(provider.issuer), exp: undefined })
  const send = async (): Promise<number> =>
    (await browser().post('/login/house/backchannel-logout', { logout_token: token })).statusCode
  t.equal(await send(), 200)
  now += 3_600_000
  t.equal(await send(), 400, 'too old')
  const { provider: other, browser: second } = await started(t, setting)
  const late = await sign({ ...logoutClaims(other.issuer), iat: Math.floor(now / 1000), exp: undefined })
  t.equal((await second().post('/login/house/backchannel-logout', { logout_token: late })).statusCode, 200)
})

t.test('a logout token is neither looked for nor believed where there is none', async (t) => {
  const { browser } = await started(t)
  t.equal((await browser().post('/login/house/backchannel-logout')).statusCode, 400)
  const provider = await fakeProvider(t)
  const providers = [discord({ clientId: 'app', clientSecret: 'opensesame', baseUrl: provider.issuer })]
  const { browser: second } = await server(t, { providers })
  t.equal((await second().post('/login/discord/backchannel-logout', { logout_token: 'x' })).statusCode, 400)
})

t.test('keys that cannot be had are no reason to doubt a logout token', async (t) => {
  const { provider, browser } = await started(t)
  provider.answers.set('/jwks', { status: 500 })
  const token = await sign(logoutClaims(provider.issuer))
  t.equal((await browser().post('/login/house/backchannel-logout', { logout_token: token })).statusCode, 503)
})
