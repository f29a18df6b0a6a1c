import t from 'tap'
import { like } from '@latchkey/exact'
import { fetchUserInfo, refreshTokenGrant } from 'openid-client'
import { logIn, provider, relyingParty, startLogin } from './fixtures/relying-party.ts'

const SCOPE = 'openid email profile'
const LONG = 'https://www.googleapis.com/auth/userinfo.'

t.test('Google logs in with the code flow and PKCE', async (t) => {
  const google = await provider(t, { profile: 'google' })
  const config = await relyingParty(google)
  const tokens = await logIn(google, config, 'ada', SCOPE)
  const claims = {
    sub: '110169484474386276334',
    email: 'ada@example.com',
    email_verified: true,
    hd: 'example.com',
    name: 'Ada Lovelace',
    given_name: 'Ada',
    family_name: 'Lovelace',
    picture: `${google.origin}/pictures/ada`
  }
  like(t, tokens, { token_type: 'bearer', expires_in: 3599, scope: `openid ${LONG}email ${LONG}profile` })
  like(t, tokens.claims(), { ...claims, iss: google.issuer, aud: google.clientId })
  t.same(await fetchUserInfo(config, tokens.access_token, claims.sub), claims)
})

t.test(
  'the ID token has no claim for a Workspace domain, picture, family name or e-mail address that a person lacks',
  async (t) => {
    const google = await provider(t, { profile: 'google' })
    const config = await relyingParty(google)
    const claimsOf = async (person: string) => (await logIn(google, config, person, SCOPE)).claims()!
    const grace = await claimsOf('grace')
    t.notOk('hd' in grace || 'picture' in grace)
    like(t, await claimsOf('alan'), { email_verified: false })
    const hypatia = await claimsOf('hypatia')
    like(t, hypatia, { name: 'Hypatia', given_name: 'Hypatia' })
    t.same(
      ['family_name', 'email', 'email_verified', 'hd'].filter((claim) => claim in hypatia),
      []
    )
  }
)

t.test('accepts the long names of scopes, and the older path of the token endpoint', async (t) => {
  const google = await provider(t, { profile: 'google' })
  const config = await relyingParty(google)
  const { url } = await startLogin(config, `openid ${LONG}email`)
  url.searchParams.delete('code_challenge')
  url.searchParams.delete('code_challenge_method')
  const callback = await google.authorize(url, 'ada')
  const response = await fetch(`${google.origin}/oauth2/v4/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code')!,
      redirect_uri: url.searchParams.get('redirect_uri')!,
      client_id: google.clientId,
      client_secret: google.clientSecret
    })
  })
  like(t, await response.json(), { scope: `openid ${LONG}email` })
})

t.test('returns a refresh token for access_type=offline at the first consent and with prompt=consent', async (t) => {
  const google = await provider(t, { profile: 'google' })
  const config = await relyingParty(google)
  const refreshToken = async (parameters: Record<string, string>) =>
    (await logIn(google, config, 'ada', SCOPE, parameters)).refresh_token
  t.ok(await refreshToken({ access_type: 'offline' }))
  t.notOk(await refreshToken({ access_type: 'offline' }))
  t.ok(await refreshToken({ access_type: 'offline', prompt: 'consent' }))
  t.notOk(await refreshToken({ prompt: 'consent' }))
  t.notOk(await refreshToken({ access_type: 'online', prompt: 'select_account' }))
})

t.test('a refresh token stays valid after use and is not sent again', async (t) => {
  const google = await provider(t, { profile: 'google' })
  const config = await relyingParty(google)
  const { refresh_token } = await logIn(google, config, 'ada', SCOPE, { access_type: 'offline' })
  for (const turn of ['first', 'second']) {
    const answer = await refreshTokenGrant(config, refresh_token!)
    t.ok(answer.access_token, turn)
    t.notOk('refresh_token' in answer, turn)
  }
})

t.test(
  'revokes a token in the form or query without client authentication, and returns 400 for an unknown token',
  async (t) => {
    const google = await provider(t, { profile: 'google' })
    const config = await relyingParty(google)
    const revoke = async (token: string, inQuery: boolean) =>
      fetch(inQuery ? `${google.endpoints.revocation}?token=${token}` : google.endpoints.revocation, {
        method: 'POST',
        ...(inQuery ? {} : { body: new URLSearchParams({ token }) })
      })
    for (const inQuery of [true, false]) {
      const offline = { access_type: 'offline', prompt: 'consent' }
      const { access_token, refresh_token } = await logIn(google, config, 'ada', SCOPE, offline)
      const response = await revoke(refresh_token!, inQuery)
      t.equal(response.status, 200)
      t.same(await response.json(), {})
      await t.rejects(fetchUserInfo(config, access_token, '110169484474386276334'))
      const again = await revoke(refresh_token!, inQuery)
      t.equal(again.status, 400)
      like(t, await again.json(), { error: 'invalid_token' })
    }
    t.equal((await fetch(google.endpoints.revocation, { method: 'POST' })).status, 400)
  }
)

t.test('the metadata contains the paths of Google', async (t) => {
  const google = await provider(t, { profile: 'google' })
  const response = await fetch(google.endpoints.discovery)
  t.equal(response.headers.get('access-control-allow-origin'), '*')
  like(t, await response.json(), {
    issuer: google.issuer,
    authorization_endpoint: `${google.origin}/o/oauth2/v2/auth`,
    token_endpoint: `${google.origin}/token`,
    userinfo_endpoint: `${google.origin}/v1/userinfo`,
    revocation_endpoint: `${google.origin}/revoke`,
    jwks_uri: `${google.origin}/oauth2/v3/certs`
  })
  t.equal((await fetch(google.endpoints.discovery, { method: 'POST' })).status, 404)
})

t.test('serves the picture of a person, and returns 404 for a person without one', async (t) => {
  const google = await provider(t, { profile: 'google' })
  const picture = await fetch(`${google.origin}/pictures/ada`)
  t.equal(picture.status, 200)
  t.match(picture.headers.get('content-type'), /^image\/svg\+xml/)
  t.equal(picture.headers.get('cross-origin-resource-policy'), 'cross-origin')
  t.match(await picture.text(), /^<svg /)
  t.equal((await fetch(`${google.origin}/pictures/grace`)).status, 404)
  t.equal((await fetch(`${google.origin}/pictures/nobody`)).status, 404)
})

t.test('Google ignores prompt=login and max_age, and its ID token has no auth_time', async (t) => {
  const google = await provider(t, { profile: 'google' })
  const config = await relyingParty(google)
  for (const parameters of [{ prompt: 'login' }, { prompt: 'login consent', max_age: '0' }, { max_age: '1' }]) {
    const tokens = await logIn(google, config, 'ada', 'openid', parameters)
    t.ok(tokens.claims()?.sub)
    t.equal(tokens.claims()?.auth_time, undefined, JSON.stringify(parameters))
  }
})
