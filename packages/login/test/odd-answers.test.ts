import t from 'tap'
import { like } from '@latchkey/exact'
import { github, type Provider } from '@latchkey/login'
import { type Answer, fakeProvider } from './fixtures/fake-provider.ts'
import { addRoutes, keeping } from './fixtures/keeping.ts'
import { house, server, started } from './fixtures/server.ts'

const odd: { title: string; members: Record<string, unknown>; kept?: object }[] = [
  { title: 'without token_type, as LinkedIn', members: { token_type: undefined } },
  { title: 'with a token_type of null', members: { token_type: null } },
  { title: 'with an empty token_type', members: { token_type: '' } },
  { title: 'with a token_type in capitals', members: { token_type: 'BEARER' } },
  { title: 'with tokens and an empty error', members: { error: '' } },
  { title: 'with an error of null', members: { error: null } },
  { title: 'with an error of false', members: { error: false } },
  { title: 'with an empty refresh_token', members: { refresh_token: '' } },
  { title: 'with a refresh_token of type object', members: { refresh_token: {} } },
  { title: 'with a scope of type list, as Twitch', members: { scope: ['a', 'b'] }, kept: { scope: 'a b' } },
  { title: 'with an empty list as its scope', members: { scope: [] }, kept: { scope: null } },
  { title: 'with an empty scope', members: { scope: '' }, kept: { scope: null } },
  { title: 'with a scope of type object', members: { scope: {} }, kept: { scope: null } },
  { title: 'with a lifetime of 0', members: { expires_in: 0 }, kept: { expiresAt: null } },
  { title: 'with a negative lifetime', members: { expires_in: -1 }, kept: { expiresAt: null } },
  { title: 'with a lifetime of null', members: { expires_in: null }, kept: { expiresAt: null } },
  { title: 'with an empty lifetime', members: { expires_in: '' }, kept: { expiresAt: null } }
]

for (const { title, members, kept = {} } of odd) {
  t.test(`a token answer ${title}, is accepted (K10.1, K10.4)`, async (t) => {
    const { alice, provider, sessions } = await keeping(t)
    provider.tokens = members
    sessions.clear()
    const answer = await alice.login(provider, '/login/house')
    t.equal(answer.statusCode, 303)
    t.equal(sessions.size, 1)
    like(t, (await alice.get('/tokens/house')).json(), {
      tokens: { accessToken: 'access-0', tokenType: 'Bearer', ...kept }
    })
  })
}

for (const expiresIn of ['300', 300.9, '300.9', ' 300 ']) {
  t.test(`a lifetime of ${JSON.stringify(expiresIn)} means 300 seconds (K10.1)`, async (t) => {
    const { alice, provider, clock } = await keeping(t)
    provider.tokens = { expires_in: expiresIn }
    clock.now = Math.floor(clock.now / 1000) * 1000
    await alice.login(provider, '/login/house')
    like(t, (await alice.get('/tokens/house')).json(), { tokens: { expiresAt: clock.now / 1000 + 300 } })
  })
}

for (const tokenType of ['mac', 'DPoP', 'N_A', 1, {}, ['Bearer']]) {
  t.test(`a token_type of ${JSON.stringify(tokenType)} is refused (K10.1, SEC-108)`, async (t) => {
    const { browser, provider, sessions } = await started(t)
    provider.tokens = { token_type: tokenType }
    t.equal((await browser().login(provider)).statusCode, 502)
    t.equal(sessions.size, 0)
  })
}

for (const [title, token] of [
  ['a line break', 'access\n0'],
  ['a letter beyond ASCII', 'accéss']
] as const) {
  t.test(`an access token with ${title} is refused, because no header can contain it (K10.1, SEC-108)`, async (t) => {
    const { browser, provider, sessions } = await started(t)
    provider.tokens = { access_token: token }
    t.equal((await browser().login(provider)).statusCode, 502)
    t.equal(sessions.size, 0)
  })
}

const wrapped: { title: string; headers: Record<string, string>; before?: string }[] = [
  { title: 'text/plain, as WeChat', headers: { 'content-type': 'text/plain' } },
  { title: 'text/html', headers: { 'content-type': 'text/html; charset=utf-8' } },
  { title: 'no content type', headers: { 'content-type': '' } },
  { title: 'an unknown charset', headers: { 'content-type': 'application/json; charset=utf8mb4' } },
  { title: 'the charset ISO-8859-1', headers: { 'content-type': 'application/json;charset=ISO-8859-1' } },
  { title: 'a byte order mark', headers: {}, before: '\ufeff' }
]

for (const { title, headers, before = '' } of wrapped) {
  t.test(`JSON with ${title} is accepted from all endpoints of a login (K10.1, K10.2)`, async (t) => {
    const fake = await fakeProvider(t)
    const own: Provider = {
      ...house(fake),
      issuer: undefined,
      endpoints: endpointsOf(fake.issuer),
      scopes: ['profile'],
      toIdentity: ({ userinfo }) => ({ subject: userinfo['sub'] })
    }
    const clock = { now: Date.now() }
    const { browser } = await server(
      t,
      { providers: [own], keepTokens: true, now: () => clock.now },
      { prepare: addRoutes }
    )
    const tokens = { access_token: 'access-0', token_type: 'Bearer', refresh_token: 'refresh-0', expires_in: 300 }
    fake.answers.set('/token', { headers, text: before + JSON.stringify(tokens) })
    fake.answers.set('/userinfo', { headers, text: `${before}{"sub":"alice-1"}` })
    const alice = browser()
    t.equal((await alice.login(fake)).statusCode, 303)
    like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-0' } })
    like(t, (await alice.get('/userinfo/house')).json(), { userinfo: { sub: 'alice-1' } })
    clock.now += 300_000
    fake.answers.set('/token', { status: 400, headers, text: `${before}{"error":"invalid_grant"}` })
    t.same((await alice.get('/tokens/house')).json(), { tokens: null }, 'the user must log in again')
    fake.answers.clear()
    t.same((await alice.get('/tokens/house')).json(), { tokens: null }, 'the tokens are deleted')
    t.equal(fake.count('/token'), 2)
  })
}

const nonsense: { title: string; answer: Answer }[] = [
  { title: 'an HTML page', answer: { headers: { 'content-type': 'text/html' }, text: '<h1>Hello</h1>' } },
  { title: 'a form', answer: { headers: { 'content-type': 'text/plain' }, text: 'access_token=a&token_type=Bearer' } },
  { title: 'a list', answer: { body: [{ access_token: 'access-0' }] } },
  { title: 'nothing', answer: { text: '' } },
  { title: 'an object with the member __proto__', answer: { text: '{"__proto__":{"access_token":"access-0"}}' } }
]

for (const { title, answer } of nonsense) {
  t.test(`a token answer that is ${title} gives 502 and no session (K10.1, SEC-108)`, async (t) => {
    const { provider, browser, sessions } = await started(t)
    provider.answers.set('/token', answer)
    const response = await browser().login(provider)
    t.equal(response.statusCode, 502)
    t.equal(sessions.size, 0)
  })
}

t.test('the comma-separated scopes of GitHub become space-separated (K10.4)', async (t) => {
  const fake = await fakeProvider(t)
  const provider = github({ clientId: 'app', clientSecret: 'opensesame', baseUrl: fake.issuer })
  const { browser } = await server(t, { providers: [provider], keepTokens: true }, { prepare: addRoutes })
  for (const [scope, kept] of [
    ['read:user,user:email', 'read:user user:email'],
    [undefined, null]
  ]) {
    fake.tokens = { scope }
    const alice = browser()
    t.equal((await alice.login(fake)).statusCode, 303)
    like(t, (await alice.get('/tokens/github')).json(), { tokens: { scope: kept } })
  }
})

function endpointsOf(issuer: string): Provider['endpoints'] {
  return { authorization: `${issuer}/authorize`, token: `${issuer}/token`, userinfo: `${issuer}/userinfo` }
}
