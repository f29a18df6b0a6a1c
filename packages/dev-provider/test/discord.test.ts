import t from 'tap'
import { like } from '@latchkey/exact'
import { ClientSecretPost, refreshTokenGrant, tokenRevocation } from 'openid-client'
import { json, logIn, provider, rejection, relyingParty, startLogin } from './fixtures/relying-party.ts'

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const UNAUTHORIZED = { message: '401: Unauthorized', code: 0 }

for (const [name, authentication] of [
  ['client_secret_basic', undefined],
  ['client_secret_post', ClientSecretPost]
] as const) {
  t.test(`Discord logs in with the code flow, PKCE and ${name}`, async (t) => {
    const discord = await provider(t, { profile: 'discord' })
    const config = await relyingParty(discord, 'oauth2', authentication)
    const tokens = await logIn(discord, config, 'ada', 'identify email')
    like(t, tokens, { token_type: 'bearer', expires_in: 604_800, scope: 'identify email', refresh_token: String })
    t.notOk(tokens.id_token)
    const response = await fetch(discord.endpoints.userinfo, bearer(tokens.access_token))
    t.equal(response.status, 200)
    t.match(response.headers.get('content-type'), /^application\/json/)
    like(t, await response.json(), {
      id: '80351110224678912',
      username: 'ada.lovelace',
      discriminator: '0',
      global_name: 'Ada Lovelace',
      avatar: /^[\da-f]{32}$/,
      banner: null,
      accent_color: null,
      locale: 'en-US',
      mfa_enabled: true,
      premium_type: 0,
      public_flags: 0,
      flags: 0,
      email: 'ada@example.com',
      verified: true
    })
  })
}

t.test('the user object has email and verified only with the scope email', async (t) => {
  const discord = await provider(t, { profile: 'discord' })
  const { access_token } = await logIn(discord, await relyingParty(discord, 'oauth2'), 'ada', 'identify')
  const user = await json(fetch(discord.endpoints.userinfo, bearer(access_token)))
  t.notOk('email' in user || 'verified' in user)
})

for (const [person, special, expected] of [
  ['grace', 'no picture', { avatar: null, email: 'grace@example.net', verified: true }],
  ['alan', 'an unverified e-mail address', { email: 'alan@example.org', verified: false, locale: 'en-GB' }],
  ['hypatia', 'no e-mail address', { username: 'hypatia', email: null, verified: false }]
] as const) {
  t.test(`the user object of ${person} has ${special} (SEC-112)`, async (t) => {
    const discord = await provider(t, { profile: 'discord' })
    const config = await relyingParty(discord, 'oauth2')
    const { access_token } = await logIn(discord, config, person, 'identify email')
    like(t, await (await fetch(discord.endpoints.userinfo, bearer(access_token))).json(), expected)
  })
}

t.test('the API accepts a version in its path, and returns 401 without a valid token', async (t) => {
  const discord = await provider(t, { profile: 'discord' })
  const config = await relyingParty(discord, 'oauth2')
  const { access_token } = await logIn(discord, config, 'ada', 'identify')
  t.equal((await fetch(`${discord.origin}/api/v10/users/@me`, bearer(access_token))).status, 200)
  for (const init of [{}, bearer('unknown'), { headers: { authorization: `Basic ${access_token}` } }]) {
    for (const path of ['/api/users/@me', '/api/oauth2/@me']) {
      const response = await fetch(discord.origin + path, init)
      t.equal(response.status, 401)
      t.same(await response.json(), UNAUTHORIZED)
    }
  }
  t.equal((await fetch(`${discord.origin}/api/users/@me`, { ...bearer(access_token), method: 'POST' })).status, 404)
})

t.test('/api/oauth2/@me returns the authorization, and the user only with the scope identify', async (t) => {
  const discord = await provider(t, { profile: 'discord' })
  const config = await relyingParty(discord, 'oauth2')
  const about = async (scope: string) => {
    const { access_token } = await logIn(discord, config, 'grace', scope)
    const [me, user] = ['/api/oauth2/@me', '/api/users/@me'].map((path) =>
      fetch(discord.origin + path, bearer(access_token))
    )
    return { me: await json(me!), status: (await user!).status }
  }
  const { me } = await about('identify')
  like(t, me, { application: { id: 'latchkey' }, scopes: ['identify'], user: { username: 'grace.hopper' } })
  t.ok(Date.parse(String(me['expires'])) > Date.now())
  const without = await about('guilds')
  t.notOk('user' in without.me)
  t.equal(without.status, 401)
})

t.test('the scope openid adds an ID token, and claims at /api/oauth2/userinfo', async (t) => {
  const discord = await provider(t, { profile: 'discord' })
  const config = await relyingParty(discord)
  const tokens = await logIn(discord, config, 'ada', 'openid identify email')
  like(t, tokens.claims(), { iss: discord.issuer, sub: '80351110224678912', aud: 'latchkey' })
  const claims = await (await fetch(`${discord.origin}/api/oauth2/userinfo`, bearer(tokens.access_token))).json()
  like(t, claims, {
    sub: '80351110224678912',
    preferred_username: 'ada.lovelace',
    nickname: 'Ada Lovelace',
    email: 'ada@example.com',
    email_verified: true,
    picture: `${discord.origin}/pictures/ada`
  })
  const grace = await logIn(discord, config, 'grace', 'openid identify email')
  t.notOk('picture' in (await json(fetch(`${discord.origin}/api/oauth2/userinfo`, bearer(grace.access_token)))))
  const hypatia = await logIn(discord, config, 'hypatia', 'openid identify email')
  t.notOk('email' in (await json(fetch(`${discord.origin}/api/oauth2/userinfo`, bearer(hypatia.access_token)))))
})

t.test('a refresh token works once and is replaced by a new one', async (t) => {
  const discord = await provider(t, { profile: 'discord' })
  const config = await relyingParty(discord, 'oauth2')
  const first = await logIn(discord, config, 'ada', 'identify')
  const second = await refreshTokenGrant(config, first.refresh_token!)
  t.not(second.refresh_token, first.refresh_token)
  t.not(second.access_token, first.access_token)
  like(t, await rejection(refreshTokenGrant(config, first.refresh_token!)), { error: 'invalid_grant' })
})

t.test('revoking one token of an authorization revokes all of them', async (t) => {
  const discord = await provider(t, { profile: 'discord' })
  const config = await relyingParty(discord, 'oauth2')
  const { access_token, refresh_token } = await logIn(discord, config, 'ada', 'identify')
  const basic = `Basic ${btoa(`${discord.clientId}:${discord.clientSecret}`)}`
  const response = await fetch(discord.endpoints.revocation, {
    method: 'POST',
    headers: { authorization: basic },
    body: new URLSearchParams({ token: access_token })
  })
  t.equal(response.status, 200)
  t.same(await response.json(), {})
  t.equal((await fetch(discord.endpoints.userinfo, bearer(access_token))).status, 401)
  like(t, await rejection(refreshTokenGrant(config, refresh_token!)), { error: 'invalid_grant' })
})

t.test('the two metadata documents have different endpoints', async (t) => {
  const discord = await provider(t, { profile: 'discord' })
  const get = async (name: string) => json(fetch(`${discord.origin}/.well-known/${name}`))
  const [openid, oauth] = [await get('openid-configuration'), await get('oauth-authorization-server')]
  t.equal(openid['issuer'], oauth['issuer'])
  t.equal(openid['authorization_endpoint'], `${discord.origin}/api/oauth2/authorize`)
  t.equal(oauth['authorization_endpoint'], discord.endpoints.authorization)
  t.notOk('userinfo_endpoint' in openid)
  t.notOk('token_endpoint_auth_methods_supported' in openid)
  t.ok(oauth['authorization_response_iss_parameter_supported'])
  const config = await relyingParty(discord)
  const { url } = await startLogin(config, 'identify')
  t.equal(url.pathname, '/api/oauth2/authorize')
  t.equal((await discord.authorize(url, 'ada')).searchParams.get('iss'), discord.issuer)
  await t.rejects(tokenRevocation(config, 'any'), 'openid-client finds no revocation_endpoint there')
})

t.test('a request without a scope ends with access_denied', async (t) => {
  const discord = await provider(t, { profile: 'discord' })
  const { url } = await startLogin(await relyingParty(discord), 'identify')
  url.searchParams.delete('scope')
  t.equal((await discord.authorize(url, 'ada')).searchParams.get('error'), 'access_denied')
})

t.test('an access token expires, and stays invalid after the next login', async (t) => {
  const discord = await provider(t, { profile: 'discord' })
  const config = await relyingParty(discord, 'oauth2')
  const { access_token } = await logIn(discord, config, 'ada', 'identify')
  const status = async () => (await fetch(discord.endpoints.userinfo, bearer(access_token))).status
  t.equal(await status(), 200)
  const started = Date.now()
  t.intercept(Date, 'now', { value: () => started + 604_800_000 })
  t.equal(await status(), 401)
  await logIn(discord, config, 'ada', 'identify')
  t.equal(await status(), 401)
})

t.test('Discord ignores prompt=login and max_age, and its ID token has no auth_time', async (t) => {
  const discord = await provider(t, { profile: 'discord' })
  const config = await relyingParty(discord)
  for (const parameters of [{ prompt: 'login' }, { prompt: 'login consent', max_age: '0' }, { max_age: '1' }]) {
    const tokens = await logIn(discord, config, 'ada', 'openid', parameters)
    t.ok(tokens.claims()?.sub)
    t.equal(tokens.claims()?.auth_time, undefined, JSON.stringify(parameters))
  }
})
