import { UnavailableError } from '@latchkey/guard'
import { generateClientSecret } from '@latchkey/token-endpoint'
import t from 'tap'
import { app, codeChallenge, codeVerifier, issuer, redirectUri, server } from './fixtures/server.ts'
import { deviceServer } from './fixtures/device.ts'
import { cookieOf } from './fixtures/session.ts'

t.test(
  'gives a client a code after the user allowed it, and tokens for the code (RFC 6749 §4.1.2, §4.1.4, §10.2)',
  async (t) => {
    const { authorize, get, decide, exchange, refresh } = await server(t)
    const asked = await authorize()
    t.equal(asked.status, 303)
    t.match(asked.location, /^\/authorize\/continue\?id=[\w-]{43}$/)
    const page = await get(asked.location)
    t.equal(page.status, 200)
    t.match(page.text, /<strong>Photo App<\/strong>/)
    t.match(page.text, /<strong>app\.example\.com<\/strong>/)
    t.match(page.text, /<li>Read your items<\/li>/)
    t.match(page.text, /You are logged in as Ms alice/)
    const allowed = await decide(asked.location, 'allow')
    t.equal(allowed.status, 303)
    t.equal(allowed.location.split('?')[0], redirectUri)
    const { code, ...rest } = allowed.query
    t.same(rest, { state: 'xyz', iss: issuer })
    const tokens = await exchange(code)
    t.equal(tokens.status, 200)
    t.equal(tokens.json['scope'], 'items:read')
    const claims = JSON.parse(Buffer.from(String(tokens.json.access_token.split('.')[1]), 'base64url').toString())
    t.same([claims.sub, claims.client_id, claims.aud, claims.auth_time], ['alice', 'app', issuer, 1_000_000])
    t.equal((await refresh(tokens.json.refresh_token)).status, 200)
  }
)

t.test(
  'uses a code once: a second use is refused and revokes the tokens of the first (RFC 6749 §4.1.2, §10.5, RFC 9700 §4.2.4, §4.3.1)',
  async (t) => {
    const { app, code, exchange, refresh } = await server(t)
    const given = await code()
    const tokens = await exchange(given)
    t.equal(tokens.status, 200)
    const again = await exchange(given)
    t.equal(again.status, 400)
    t.equal(again.json['error'], 'invalid_grant')
    const claims = JSON.parse(Buffer.from(String(tokens.json.access_token.split('.')[1]), 'base64url').toString())
    t.equal(app.tokenEndpoint.isRevoked(claims), true)
    t.equal((await refresh(tokens.json.refresh_token)).status, 400)
  }
)

t.test(
  'refuses a code with the wrong verifier, client or redirect URI, and keeps it for the right one (RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9700 §4.5.3.1)',
  async (t) => {
    const other = {
      clientId: 'other',
      grantTypes: ['authorization_code'],
      redirectUris: ['https://other.example.com/']
    }
    const app = { clientId: 'app', grantTypes: ['authorization_code'], redirectUris: [redirectUri], isFirstParty: true }
    const { code, exchange } = await server(t, { clients: [app, other] })
    const given = await code()
    for (const [changes, error] of [
      [{ code_verifier: 'x'.repeat(43) }, 'invalid_grant'],
      [{ code_verifier: codeChallenge }, 'invalid_grant'],
      [{ code_verifier: 'short' }, 'invalid_grant'],
      [{ code_verifier: undefined }, 'invalid_request'],
      [{ redirect_uri: `${redirectUri}/` }, 'invalid_grant'],
      [{ redirect_uri: undefined }, 'invalid_request'],
      [{ client_id: 'other' }, 'invalid_grant'],
      [{ code: undefined }, 'invalid_request'],
      [{ code: 'unknown' }, 'invalid_grant']
    ] as const) {
      const answer = await exchange(given, changes)
      t.equal(answer.status, 400, JSON.stringify(changes))
      t.equal(answer.json['error'], error, JSON.stringify(changes))
    }
    const answer = await exchange(given)
    t.equal(answer.status, 200)
    t.equal(answer.json.refresh_token, undefined)
  }
)

t.test('refuses the code of a public client that does not name itself (RFC 6749 §3.2.1, §4.1.3)', async (t) => {
  const { code, exchange, post } = await server(t)
  const given = await code()
  const anonymous = await exchange(given, { client_id: undefined })
  t.same([anonymous.status, anonymous.json['error']], [400, 'invalid_request'])
  const form = { grant_type: 'authorization_code', code: given, code_verifier: codeVerifier, redirect_uri: redirectUri }
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  for (const authorization of ['Bearer abc', 'DPoP abc', basic(':')]) {
    const ignored = await post('/token', form, { authorization })
    t.same([ignored.status, ignored.json['error']], [400, 'invalid_request'], authorization)
  }
  t.equal((await post('/token', form, { authorization: basic('app:') })).status, 200)
})

t.test(
  'requires PKCE and the secret of a client that has one, and keeps its code (RFC 6749 §4.1.3, RFC 7636 §4.4.1, RFC 8252 §8.4, RFC 9700 §2.5)',
  async (t) => {
    const { clientSecret, clientSecretHash } = generateClientSecret()
    const { authorize, code, exchange } = await server(t, { clients: [{ ...app, clientSecretHash }] })
    const { query } = await authorize({ code_challenge: undefined, code_challenge_method: undefined })
    t.same([query['error'], query['code']], ['invalid_request', undefined])
    const given = await code()
    for (const client_secret of [undefined, generateClientSecret().clientSecret]) {
      const refused = await exchange(given, { client_secret })
      t.same([refused.status, refused.json['error']], [401, 'invalid_client'])
    }
    t.equal((await exchange(given, { client_secret: clientSecret })).status, 200)
  }
)

t.test('refuses a code after 60 seconds, and after the user was revoked (RFC 6749 §4.1.2, §10.5)', async (t) => {
  const { app, time, code, exchange } = await server(t)
  const first = await code()
  time.seconds += 59
  const second = await code()
  t.equal((await exchange(first)).status, 200)
  time.seconds += 60
  t.equal((await exchange(second)).json['error'], 'invalid_grant')
  const third = await code()
  await app.tokenEndpoint.revokeAll('alice')
  t.equal((await exchange(third)).status, 400)
})

t.test('gives no auth_time when the time of the login is not known', async (t) => {
  const { code, exchange } = await server(t)
  const tokens = await exchange(await code({}, cookieOf({ authenticatedAt: null })))
  t.equal(tokens.status, 200)
  const claims = JSON.parse(Buffer.from(String(tokens.json.access_token.split('.')[1]), 'base64url').toString())
  t.equal('auth_time' in claims, false)
  t.type(tokens.json.refresh_token, 'string')
})

t.test('limits the codes that one user gets in a minute at one address', async (t) => {
  const clients = [{ ...app, isFirstParty: true }]
  const { authorize, time } = await server(t, { clients, endpoint: { requestsPerMinute: 2 } })
  for (const status of [303, 303, 429]) t.equal((await authorize()).status, status)
  t.equal((await authorize({}, cookieOf({ id: 's2', subject: 'bob' }))).status, 303, 'another user')
  t.equal((await authorize({}, null)).status, 303, 'a browser without a user')
  const refused = await authorize({ state: 'canary' })
  t.same([refused.location, refused.headers['retry-after']], ['', '60'])
  t.notMatch(refused.text, /canary/)
  time.seconds += 60
  t.equal((await authorize()).status, 303)
})

t.test('keeps a code, and the code of a device, when its tokens cannot be issued now', async (t) => {
  let isDown = false
  const answer = async <Value>(value: Value): Promise<Value> => {
    if (isDown) throw new UnavailableError('down')
    return value
  }
  for (const tokens of [
    { subjectScopes: async () => answer(['items:read']) },
    { tokenClaims: async () => answer({ tenant: 'acme' }) }
  ]) {
    const { code, exchange } = await server(t, { tokens })
    const devices = await deviceServer(t, { tokens })
    const [given, deviceCode] = [await code(), await devices.allowed()]
    isDown = true
    t.same([(await exchange(given)).status, (await devices.poll(deviceCode)).status], [503, 503])
    devices.time.seconds += 5
    isDown = false
    t.same([(await exchange(given)).status, (await devices.poll(deviceCode)).status], [200, 200])
  }
})

t.test('keeps a code that is exchanged right after repeated revocations of its user', async (t) => {
  const { app, time, code, exchange } = await server(t)
  for (let i = 0; i < 7; i++) await app.tokenEndpoint.revokeAll('alice')
  const given = await code()
  const early = await exchange(given)
  t.equal(early.status, 503)
  time.seconds += Number(early.headers['retry-after'])
  t.equal((await exchange(given)).status, 200)
})

t.test('keeps a code when a request for its tokens asks for more than it gives (RFC 8707 §2)', async (t) => {
  const { code, exchange } = await server(t)
  const given = await code()
  for (const [changes, error] of [
    [{ resource: 'https://other.example.com' }, 'invalid_target'],
    [{ scope: 'items:write' }, 'invalid_scope']
  ] as const) {
    t.equal((await exchange(given, changes)).json['error'], error)
  }
  t.equal((await exchange(given)).status, 200)
})
