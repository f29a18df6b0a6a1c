import { decodeProtectedHeader } from 'jose'
import { fetchUserInfo, refreshTokenGrant } from 'openid-client'
import t from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import { type DevProvider, type FaultName, type FaultSettings, RegistrationError } from '@latchkey/dev-provider'
import { json, logIn, provider, rejection, relyingParty, startLogin } from './fixtures/relying-party.ts'

const SCOPE = 'openid email'

/** Returns the error of openid-client for a failed login, or an empty object. */
async function failure(provider: DevProvider): Promise<object> {
  const { url, finish } = await startLogin(await relyingParty(provider), SCOPE)
  const callback = await provider.authorize(url, 'ada')
  return finish(callback).then(
    () => ({}),
    (error: unknown) => error as object
  )
}

for (const { fault, reason } of [
  { fault: 'deny', reason: { error: 'access_denied' } },
  { fault: 'expired-code', reason: { error: 'invalid_grant' } },
  { fault: 'reused-code', reason: { error: 'invalid_grant' } },
  { fault: 'wrong-nonce', reason: { cause: { message: 'unexpected ID Token "nonce" claim value' } } },
  { fault: 'wrong-issuer', reason: { cause: { message: 'unexpected JWT "iss" (issuer) claim value' } } },
  {
    fault: 'wrong-iss-parameter',
    reason: { cause: { message: 'unexpected "iss" (issuer) response parameter value' } }
  },
  { fault: 'unavailable', reason: { code: 'OAUTH_RESPONSE_IS_NOT_CONFORM', cause: { status: 503 } } },
  { fault: 'html', reason: { code: 'OAUTH_RESPONSE_IS_NOT_JSON', cause: { status: 200 } } }
] satisfies { fault: FaultName; reason: object }[]) {
  t.test(`${fault} with times 2 makes two logins fail`, async (t) => {
    const oidc = await provider(t)
    oidc.faults.set(fault, { times: 2 })
    like(t, oidc.faults.active, [{ name: fault, times: 2 }])
    like(t, await failure(oidc), reason)
    like(t, await failure(oidc), reason)
    t.same(oidc.faults.active, [])
    t.same(await failure(oidc), {})
  })

  t.test(`${fault} in the option faults makes logins fail until it is cleared`, async (t) => {
    const oidc = await provider(t, { faults: { [fault]: {} } })
    t.notOk('@latchkey/dev-provider: times must be a whole number from 1 on' in oidc.faults.active[0]!)
    like(t, await failure(oidc), reason)
    like(t, await failure(oidc), reason)
    oidc.faults.clear(fault)
    t.same(await failure(oidc), {})
  })
}

t.test('a fault that changes nothing does not count as a strike', async (t) => {
  const oidc = await provider(t)
  const config = await relyingParty(oidc)
  const names: FaultName[] = ['wrong-nonce', 'no-refresh-token', 'expired-code', 'reused-code']
  for (const name of names) oidc.faults.set(name, { times: 1 })
  like(t, await rejection(refreshTokenGrant(config, 'unknown')), { error: 'invalid_grant' })
  t.same(
    oidc.faults.active.map(({ name }) => name),
    names
  )
  oidc.faults.clear()
  oidc.faults.set('wrong-iss-parameter', { times: 1 })
  const callback = await oidc.authorize((await startLogin(config, SCOPE)).url, 'ada')
  t.equal(callback.searchParams.get('iss'), 'https://other-issuer.example', 'the picking page before it did not count')
})

t.test('a cleared fault stays off when a request under way does not need it', async (t) => {
  const oidc = await provider(t, { faults: { 'wrong-nonce': { times: 1 }, slow: { delay: 50 } } })
  const config = await relyingParty(oidc)
  const answer = t.rejects(refreshTokenGrant(config, 'unknown'))
  oidc.faults.clear('wrong-nonce')
  await answer
  t.same(
    oidc.faults.active.map(({ name }) => name),
    ['slow']
  )
})

t.test('rotated-key signs with a new key and removes the old key from the key set (FAULT-5)', async (t) => {
  const oidc = await provider(t)
  const config = await relyingParty(oidc)
  const keys = async (): Promise<string[]> =>
    ((await json(fetch(oidc.endpoints.jwks)))['keys'] as { kid: string }[]).map(({ kid }) => kid)
  const [old] = await keys()
  const before = await logIn(oidc, config, 'ada', SCOPE)
  t.equal(decodeProtectedHeader(before.id_token!).kid, old)
  oidc.faults.set('rotated-key', { times: 1 })
  const { url, finish } = await startLogin(config, SCOPE)
  const { id_token, access_token } = await finish(await oidc.authorize(url, 'ada'))
  const kid = decodeProtectedHeader(id_token!).kid!
  t.not(kid, old)
  t.same(await keys(), [kid])
  t.ok(await fetchUserInfo(config, access_token, 'ada'), 'an access token from this login works')
  t.ok(await fetchUserInfo(config, before.access_token, 'ada'), 'an access token from before the rotation works')
})

t.test('rotateKeys() replaces the key between two logins', async (t) => {
  const oidc = await provider(t)
  const config = await relyingParty(oidc)
  const kidOf = async () => decodeProtectedHeader((await logIn(oidc, config, 'ada', SCOPE)).id_token!).kid
  const first = await kidOf()
  await oidc.rotateKeys()
  t.not(await kidOf(), first)
})

t.test('no-refresh-token removes the refresh token from an answer', async (t) => {
  const discord = await provider(t, { profile: 'discord' })
  const config = await relyingParty(discord, 'oauth2')
  discord.faults.set('no-refresh-token', { times: 1 })
  const without = await logIn(discord, config, 'ada', 'identify')
  t.ok(without.access_token)
  t.notOk('refresh_token' in without)
  t.ok((await logIn(discord, config, 'ada', 'identify')).refresh_token)
})

t.test('slow delays an answer, and close() does not wait for it (FAULT-2)', async (t) => {
  const oidc = await provider(t, { faults: { slow: { endpoint: 'jwks', delay: 3_600_000 } } })
  const hanging = fetch(oidc.endpoints.jwks)
  t.equal((await fetch(oidc.endpoints.discovery)).status, 200)
  await Promise.all([t.rejects(hanging), oidc.close()])
})

t.test('slow lets the request through after the delay', async (t) => {
  const oidc = await provider(t, { faults: { slow: { endpoint: 'jwks', delay: 1 } } })
  t.equal((await fetch(oidc.endpoints.jwks)).status, 200)
})

for (const { endpoint, path } of [
  { endpoint: 'authorization', path: '/auth' },
  { endpoint: 'authorization', path: '/auth/resumed' },
  { endpoint: 'token', path: '/token' },
  { endpoint: 'userinfo', path: '/me' },
  { endpoint: 'revocation', path: '/token/revocation' },
  { endpoint: 'jwks', path: '/jwks' },
  { endpoint: 'discovery', path: '/.well-known/openid-configuration' },
  { endpoint: 'discovery', path: '/.well-known/oauth-authorization-server' },
  { endpoint: 'logout', path: '/session/end' },
  { endpoint: 'logout', path: '/session/end/confirm' }
] as const) {
  t.test(`unavailable answers at ${path} with the status of its settings (FAULT-1, FAULT-8)`, async (t) => {
    const oidc = await provider(t, { faults: { unavailable: { endpoint, status: 500 } } })
    const response = await fetch(oidc.origin + path)
    t.equal(response.status, 500)
    t.same(await response.json(), { error: 'server_error' })
    t.equal(
      (await fetch(oidc.origin + path, { method: 'OPTIONS' })).status === 500,
      false,
      'a preflight is not affected'
    )
    t.equal((await fetch(oidc.origin)).status, 200, 'the home page is not affected')
  })
}

t.test("html answers at Discord's own routes with a page (FAULT-7)", async (t) => {
  const discord = await provider(t, { profile: 'discord', faults: { html: { endpoint: 'userinfo' } } })
  for (const path of ['/api/users/@me', '/api/v10/users/@me', '/api/oauth2/@me', '/api/oauth2/userinfo']) {
    const response = await fetch(discord.origin + path)
    t.equal(response.status, 200)
    t.match(response.headers.get('content-type'), /^text\/html/)
  }
})

const NAMES =
  'deny, expired-code, reused-code, wrong-nonce, wrong-issuer, wrong-iss-parameter, rotated-key, slow, unavailable, html, no-refresh-token'
const ENDPOINTS = 'token or authorization or userinfo or revocation or jwks or discovery or logout'
const DELAY = 'must be a whole number of milliseconds from 0 to 3600000'

for (const { name, settings, option, requirement } of [
  { name: 'no-such-fault', settings: {}, option: 'faults', requirement: `must be one of ${NAMES}` },
  { name: 'toString', settings: {}, option: 'faults', requirement: `must be one of ${NAMES}` },
  {
    name: 'deny',
    settings: { endpoint: 'token' },
    option: 'endpoint',
    requirement: 'must be authorization for the fault deny'
  },
  {
    name: 'slow',
    settings: { endpoint: 'nowhere' },
    option: 'endpoint',
    requirement: `must be ${ENDPOINTS} for the fault slow`
  },
  { name: 'deny', settings: { times: 0 }, option: 'times', requirement: 'must be a whole number, at least 1' },
  { name: 'slow', settings: { delay: 3_600_001 }, option: 'delay', requirement: DELAY },
  { name: 'slow', settings: { delay: 0.5 }, option: 'delay', requirement: DELAY },
  {
    name: 'unavailable',
    settings: { status: 404 },
    option: 'status',
    requirement: 'must be a whole number from 500 to 599'
  }
]) {
  t.test(`faults.set() throws a RegistrationError for ${name} with ${JSON.stringify(settings)}`, async (t) => {
    const oidc = await provider(t)
    const set = () => oidc.faults.set(name as FaultName, settings as FaultSettings)
    t.throws(set, RegistrationError)
    throwsLike(t, set, { message: `@latchkey/dev-provider: ${option} ${requirement}` })
    t.same(oidc.faults.active, [])
  })
}
