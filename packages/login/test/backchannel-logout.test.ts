import t from 'tap'
import { like } from '@latchkey/exact'
import { discord, type LoginOptions, type Provider } from '@latchkey/login'
import { fakeProvider, sign } from './fixtures/fake-provider.ts'
import { server, started } from './fixtures/server.ts'

const event = { 'http://schemas.openid.net/event/backchannel-logout': {} }

function logoutClaims(issuer: string): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  return { iss: issuer, aud: 'app', iat: now, exp: now + 120, jti: String(Math.random()), events: event, sid: 's-1' }
}

t.test('a logout token with a session identifier ends that session only', async (t) => {
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

t.test('a logout token with a subject ends all sessions of that person', async (t) => {
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
  { title: 'an expiry in the past', claims: { exp: Math.floor(Date.now() / 1000) - 60 } },
  { title: 'no events', claims: { events: undefined } },
  { title: 'other events', claims: { events: { 'https://example.com/event': {} } } },
  { title: 'events as a text', claims: { events: 'x' } },
  { title: 'events of null', claims: { events: null } },
  { title: 'a nonce', claims: { nonce: 'x' } },
  { title: 'neither a subject nor a session', claims: { sid: undefined } },
  { title: 'no identifier', claims: { jti: undefined } },
  { title: 'an identifier of type number', claims: { jti: 1 } }
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
    like(t, answer.json(), { error: 'invalid_logout_token' })
    t.equal(answer.headers['cache-control'], 'no-store')
    t.equal(sessions.size, 1)
  })
}

t.test('a logout token is accepted once, with and without a store of used tokens', async (t) => {
  for (const options of [{}, { store: undefined, onLogin: () => ({ subject: 'alice' }) }]) {
    const { provider, browser } = await started(t, options)
    const token = await sign(logoutClaims(provider.issuer))
    t.equal((await browser().post('/login/house/backchannel-logout', { logout_token: token })).statusCode, 200)
    t.equal((await browser().post('/login/house/backchannel-logout', { logout_token: token })).statusCode, 400)
  }
})

const unmapped: { title: string; options: Partial<LoginOptions>; data?: Partial<Provider> }[] = [
  { title: 'there are no accounts', options: { store: undefined, onLogin: () => ({ subject: 'alice' }) } },
  { title: 'onLogin determines the subject', options: { onLogin: () => ({ subject: 'alice' }) } },
  {
    title: 'the claims of the logout token do not identify the person',
    options: {},
    data: { toIdentity: ({ claims }) => ({ subject: claims['oid'] ?? claims['name'] }) }
  }
]

for (const { title, options, data } of unmapped) {
  t.test(`a logout token for a sub is refused when ${title}`, async (t) => {
    const { provider, browser, sessions } = await started(t, options, data)
    provider.claims = { name: 'Alice' }
    await browser().login(provider)
    const token = await sign({ ...logoutClaims(provider.issuer), sid: undefined, sub: 'alice-1' })
    const { statusCode } = await browser().post('/login/house/backchannel-logout', { logout_token: token })
    t.equal(statusCode, 400)
    t.equal(sessions.size, 1)
  })
}

t.test(
  'a logout token for a sub ends the sessions of an account when onLogin leaves the subject to the account',
  async (t) => {
    const { provider, browser, sessions } = await started(t, { onLogin: () => undefined })
    await browser().login(provider)
    const token = await sign({ ...logoutClaims(provider.issuer), sid: undefined, sub: 'alice-1' })
    t.equal((await browser().post('/login/house/backchannel-logout', { logout_token: token })).statusCode, 200)
    t.equal(sessions.size, 0)
  }
)

t.test('a used logout token is forgotten after it is too old for use', async (t) => {
  let now = Date.now()
  const setting = { store: undefined, onLogin: () => ({ subject: 'alice' }), now: () => now }
  const { provider, browser } = await started(t, setting)
  const token = await sign({ ...logoutClaims(provider.issuer), exp: undefined })
  const send = async (): Promise<number> =>
    (await browser().post('/login/house/backchannel-logout', { logout_token: token })).statusCode
  t.equal(await send(), 200)
  now += 3_600_000
  t.equal(await send(), 400, 'the token is too old')
  const { provider: other, browser: second } = await started(t, setting)
  const late = await sign({ ...logoutClaims(other.issuer), iat: Math.floor(now / 1000), exp: undefined })
  t.equal((await second().post('/login/house/backchannel-logout', { logout_token: late })).statusCode, 200)
})

t.test('a missing logout token and a token for a provider without an issuer are refused', async (t) => {
  const { browser } = await started(t)
  t.equal((await browser().post('/login/house/backchannel-logout')).statusCode, 400)
  const provider = await fakeProvider(t)
  const providers = [discord({ clientId: 'app', clientSecret: 'opensesame', baseUrl: provider.issuer })]
  const { browser: second } = await server(t, { providers })
  t.equal((await second().post('/login/discord/backchannel-logout', { logout_token: 'x' })).statusCode, 400)
})

t.test('a logout token is answered 503 when the keys are not available', async (t) => {
  const { provider, browser } = await started(t)
  provider.answers.set('/jwks', { status: 500 })
  const token = await sign(logoutClaims(provider.issuer))
  t.equal((await browser().post('/login/house/backchannel-logout', { logout_token: token })).statusCode, 503)
})

t.test('a logout token is accepted again after a short failure of the store', async (t) => {
  for (const claims of [{ sid: 's-1' }, { sid: undefined, sub: 'alice-1' }]) {
    const { provider, browser, app, sessions } = await started(t)
    provider.claims = { sid: 's-1' }
    await browser().login(provider)
    const failing = async () => Promise.reject(Object.assign(new Error('the database is down'), { statusCode: 503 }))
    const decorator = app.getDecorator<Record<string, unknown>>('sessions')
    const [one, all] = ['revokeUpstream', 'revokeAll'].map((name) => t.intercept(decorator, name, { value: failing }))
    const token = await sign({ ...logoutClaims(provider.issuer), ...claims })
    const send = async () => browser().post('/login/house/backchannel-logout', { logout_token: token })
    t.equal((await send()).statusCode, 503)
    t.equal(sessions.size, 1)
    one?.restore()
    all?.restore()
    t.equal((await send()).statusCode, 200)
    t.equal(sessions.size, 0)
    t.equal((await send()).statusCode, 400, 'the token is used up')
  }
})
