import t from 'tap'
import { sign } from './fixtures/fake-provider.ts'
import { started } from './fixtures/server.ts'

for (const name of ['auth_time', 'azp', 'at_hash', 'nbf', 'sid', 'acr', 'name', 'email']) {
  t.test(`an ID token whose optional claim ${name} is null is accepted (K10.3)`, async (t) => {
    const { provider, browser } = await started(t)
    provider.claims = { [name]: null }
    const alice = browser()
    t.equal((await alice.login(provider)).statusCode, 303)
    t.equal(alice.session?.authenticatedAt, null)
    t.equal(alice.session?.upstream, undefined)
  })
}

for (const name of ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce']) {
  t.test(`an ID token whose claim ${name} is null is refused (K10.3, SEC-105)`, async (t) => {
    const { provider, browser, sessions } = await started(t)
    provider.claims = { [name]: null }
    t.equal((await browser().login(provider)).statusCode, 502)
    t.equal(sessions.size, 0)
  })
}

t.test(
  'an ID token with a typ of null is accepted, and one with a critical extension is refused (K10.3)',
  async (t) => {
    const { provider, browser, sessions } = await started(t)
    provider.header = { typ: null }
    t.equal((await browser().login(provider)).statusCode, 303)
    sessions.clear()
    const [payload, signature] = ['e30', 'c2lnbmF0dXJl']
    for (const header of [
      { alg: 'RS256', crit: ['b64'], b64: false },
      { alg: 'RS256', crit: null }
    ]) {
      provider.tokens = {
        id_token: `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`
      }
      t.equal((await browser().login(provider)).statusCode, 502)
    }
    t.equal(sessions.size, 0)
  }
)

t.test('a sub of type number identifies the same person as its text (K10)', async (t) => {
  const { provider, browser } = await started(t)
  const [one, other] = [browser(), browser()]
  provider.claims = { sub: 583_231 }
  provider.userinfo = { sub: '583231' }
  t.equal((await one.login(provider)).statusCode, 303)
  provider.claims = { sub: '583231' }
  provider.userinfo = { sub: 583_231 }
  t.equal((await other.login(provider)).statusCode, 303)
  t.equal(one.session?.subject, other.session?.subject)
})

t.test('a logout token with optional claims of null ends its session (K10.3)', async (t) => {
  const { provider, browser, app } = await started(t)
  const alice = browser()
  provider.claims = { sid: 'upstream-1' }
  await alice.login(provider)
  const logoutToken = await sign({
    iss: provider.issuer,
    aud: 'app',
    iat: Math.floor(Date.now() / 1000),
    jti: 'logout-1',
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    sid: 'upstream-1',
    sub: null,
    exp: null,
    nonce: null
  })
  const answer = await app.inject({
    method: 'POST',
    url: '/login/house/backchannel-logout',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ logout_token: logoutToken }).toString()
  })
  t.equal(answer.statusCode, 200)
  t.equal(alice.session, undefined)
})
