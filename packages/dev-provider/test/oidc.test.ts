import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { buildEndSessionUrl, fetchUserInfo, refreshTokenGrant, tokenRevocation } from 'openid-client'
import t, { type Test } from 'tap'
import { contains, like } from '@latchkey/exact'
import { Browser } from './fixtures/browser.ts'
import { json, logIn, provider, REDIRECT_URI, rejection, relyingParty, startLogin } from './fixtures/relying-party.ts'

const SCOPE = 'openid email profile'

t.test('OpenID Connect logs in with the code flow and PKCE', async (t) => {
  const oidc = await provider(t)
  t.equal(oidc.profile, 'oidc')
  const config = await relyingParty(oidc)
  like(t, config.serverMetadata(), {
    authorization_response_iss_parameter_supported: true,
    backchannel_logout_supported: true,
    end_session_endpoint: oidc.endpoints.logout,
    code_challenge_methods_supported: ['S256']
  })
  const tokens = await logIn(oidc, config, 'ada', SCOPE)
  like(t, tokens.claims(), { sub: 'ada', email: 'ada@example.com' })
  like(t, await fetchUserInfo(config, tokens.access_token, 'ada'), { name: 'Ada Lovelace', locale: 'en-US' })
  t.notOk(tokens.refresh_token)
})

t.test('returns a refresh token for offline_access, and revokes an access token', async (t) => {
  const oidc = await provider(t)
  const config = await relyingParty(oidc)
  const { refresh_token } = await logIn(oidc, config, 'hypatia', `${SCOPE} offline_access`, { prompt: 'consent' })
  t.ok((await refreshTokenGrant(config, refresh_token!)).access_token)
  const { access_token } = await logIn(oidc, config, 'grace', 'openid')
  await tokenRevocation(config, access_token)
  await t.rejects(fetchUserInfo(config, access_token, 'grace'))
})

t.test(
  'returns invalid_grant for a code with the wrong verifier, and for a code that is presented twice',
  async (t) => {
    const oidc = await provider(t)
    const config = await relyingParty(oidc)
    const [first, second] = [await startLogin(config, SCOPE), await startLogin(config, SCOPE)]
    second.url.searchParams.set('state', first.url.searchParams.get('state')!)
    like(t, await rejection(first.finish(await oidc.authorize(second.url, 'ada'))), { error: 'invalid_grant' })
    const login = await startLogin(config, SCOPE)
    const callback = await oidc.authorize(login.url, 'ada')
    await login.finish(callback)
    like(t, await rejection(login.finish(callback)), { error: 'invalid_grant' })
  }
)

t.test('prompt=none returns login_required until a person is signed in', async (t) => {
  const oidc = await provider(t)
  const config = await relyingParty(oidc)
  const silent = await startLogin(config, SCOPE, { prompt: 'none' })
  t.equal((await oidc.authorize(silent.url, 'ada')).searchParams.get('error'), 'login_required')
  const browser = new Browser()
  await signIn(browser, (await startLogin(config, SCOPE)).url)
  const callback = await browser.follow(await browser.get(silent.url))
  t.equal((await silent.finish(callback as URL)).claims()?.sub, 'ada')
  const again = await browser.follow(await browser.get((await startLogin(config, SCOPE)).url))
  t.ok((again as URL).searchParams.get('code'), 'the page is not shown')
})

t.test('prompt=login and max_age=0 ask a signed-in person to log in again, and set auth_time', async (t) => {
  const oidc = await provider(t)
  const config = await relyingParty(oidc)
  const browser = new Browser()
  await signIn(browser, (await startLogin(config, SCOPE)).url)
  for (const parameters of [{ prompt: 'login' }, { prompt: 'login consent', max_age: '0' }, { max_age: '0' }]) {
    const before = Math.floor(Date.now() / 1000)
    const login = await startLogin(config, SCOPE, parameters)
    const tokens = await login.finish(await signIn(browser, login.url))
    t.ok(Number(tokens.claims()?.auth_time) >= before, JSON.stringify(parameters))
  }
})

t.test('a logout request of the client ends the session, through a page without a script', async (t) => {
  const oidc = await provider(t)
  const config = await relyingParty(oidc)
  const browser = new Browser()
  const login = await startLogin(config, SCOPE)
  const { id_token } = await login.finish(await signIn(browser, login.url))
  const url = buildEndSessionUrl(config, {
    id_token_hint: id_token!,
    post_logout_redirect_uri: 'http://localhost:3000/bye',
    state: 'after'
  })
  const page = await browser.get(url)
  t.match(page.headers.get('content-security-policy'), /form-action 'self' http:\/\/localhost:3000 /)
  const html = await page.text()
  contains(t, html, '<button class="button main" form="op.logoutForm" name="logout" value="yes">Sign out</button>')
  t.notMatch(html, '<script')
  const [, action = '', xsrf = ''] = /action="([^"]+)".*name="xsrf" value="([^"]+)"/.exec(html) ?? []
  t.equal(
    ((await browser.follow(await browser.post(action, { xsrf, logout: 'yes' }))) as URL).href,
    'http://localhost:3000/bye?state=after'
  )
  const silent = await startLogin(config, SCOPE, { prompt: 'none' })
  const callback = (await browser.follow(await browser.get(silent.url))) as URL
  t.equal(callback.searchParams.get('error'), 'login_required')
})

t.test('a logout without a redirect URI ends on a page', async (t) => {
  const oidc = await provider(t)
  const browser = new Browser()
  await signIn(browser, (await startLogin(await relyingParty(oidc), SCOPE)).url)
  const page = await browser.get(oidc.endpoints.logout!)
  t.match(page.headers.get('content-security-policy'), /form-action 'self'$/)
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(await page.text()) ?? []
  const end = (await browser.follow(
    await browser.post(`${oidc.endpoints.logout!}/confirm`, { xsrf, logout: 'yes' })
  )) as Response
  t.equal(end.status, 200)
  contains(t, await end.text(), '<h1>You are signed out</h1>')
})

t.test('logOut() ends the sessions of one person and posts a logout token', async (t) => {
  const { uri, tokens } = await logoutReceiver(t, 200)
  const client = { clientId: 'app', clientSecret: 'secret', redirectUris: [REDIRECT_URI], backchannelLogoutUri: uri }
  const oidc = await provider(t, { clients: [client, { clientId: 'other', clientSecret: 'secret' }] })
  const config = await relyingParty(oidc)
  const { sid } = (await logIn(oidc, config, 'ada', SCOPE)).claims()!
  await logIn(oidc, config, 'grace', SCOPE)
  await logIn(oidc, await relyingParty({ ...oidc, clientId: 'other' }), 'ada', SCOPE)
  await oidc.logOut('ada')
  t.equal(tokens.length, 1)
  const jwks = createLocalJWKSet((await json(fetch(oidc.endpoints.jwks))) as unknown as JSONWebKeySet)
  const { payload } = await jwtVerify(tokens[0]!, jwks, { issuer: oidc.issuer, audience: 'app', typ: 'logout+jwt' })
  like(t, payload, { sub: 'ada', sid, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } })
  await oidc.logOut('ada')
  t.equal(tokens.length, 1)
})

t.test('logOut() rejects when a client does not accept its logout token', async (t) => {
  const { uri } = await logoutReceiver(t, 400)
  const client = { clientId: 'app', clientSecret: 'secret', backchannelLogoutUri: uri }
  const oidc = await provider(t, { clients: [client] })
  await logIn(oidc, await relyingParty(oidc), 'ada', SCOPE)
  await t.rejects(oidc.logOut('ada'), /400/)
})

t.test('CORS at the token endpoint allows loopback origins, and no other origin', async (t) => {
  const oidc = await provider(t)
  const allowed = async (origin: string) => {
    const body = new URLSearchParams({ client_id: oidc.clientId, client_secret: oidc.clientSecret })
    const response = await fetch(oidc.endpoints.token, { method: 'POST', headers: { origin }, body })
    return response.headers.get('access-control-allow-origin')
  }
  t.equal(await allowed('http://localhost:3000'), 'http://localhost:3000')
  t.equal(await allowed('https://example.com'), null)
})

async function signIn(browser: Browser, url: URL): Promise<URL> {
  const page = (await browser.follow(await browser.get(url))) as Response
  return (await browser.follow(await browser.post(page.url, { person: 'ada' }))) as URL
}

async function logoutReceiver(t: Test, status: number): Promise<{ uri: string; tokens: string[] }> {
  const tokens: string[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      tokens.push(new URLSearchParams(body).get('logout_token')!)
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return { uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/logout`, tokens }
}
