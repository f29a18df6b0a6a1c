import t from 'tap'
import { like } from '@latchkey/exact'
import type { Claims, Provider } from '@latchkey/login'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { addRoutes, keeping } from './fixtures/keeping.ts'
import { house, server, started } from './fixtures/server.ts'

t.test('tokenResponse receives each answer unchanged, and can correct it (K10.1)', async (t) => {
  const fake = await fakeProvider(t)
  const seen: Claims[] = []
  const tokenResponse: Provider['tokenResponse'] = (answer) => {
    seen.push(answer)
    return { ...(answer['data'] as Claims), error: answer['fault'] } // the format of this provider
  }
  const clock = { now: Date.now() }
  const { issuer } = fake
  const provider: Provider = {
    ...house(fake),
    issuer: undefined,
    scopes: ['profile'],
    endpoints: { authorization: `${issuer}/authorize`, token: `${issuer}/token`, userinfo: `${issuer}/userinfo` },
    tokenResponse
  }
  const options = { providers: [provider], keepTokens: true, now: () => clock.now }
  const { browser } = await server(t, options, { prepare: addRoutes })
  const data = { access_token: 'access-0', refresh_token: 'refresh-0', expires_in: 300, expires_at: 'tomorrow' }
  fake.answers.set('/token', { body: { data } })
  const alice = browser()
  t.equal((await alice.login(fake)).statusCode, 303)
  clock.now += 300_000
  fake.answers.set('/token', {
    body: { data: { access_token: 'access-1', refresh_token: 'refresh-1', expires_in: 300 } }
  })
  like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-1' } })
  clock.now += 300_000
  fake.answers.set('/token', { status: 400, body: { fault: 'invalid_grant' } })
  t.same((await alice.get('/tokens/house')).json(), { tokens: null })
  t.equal(fake.received.at(-1)?.form.get('refresh_token'), 'refresh-1')
  t.same(seen, [
    { data },
    { data: { access_token: 'access-1', refresh_token: 'refresh-1', expires_in: 300 } },
    { fault: 'invalid_grant' }
  ])
})

t.test('tokenResponse can supply a default lifetime (K12.2)', async (t) => {
  const { alice, provider, clock } = await keeping(
    t,
    {},
    { tokenResponse: (answer) => ({ expires_in: 7200, ...answer }) }
  )
  clock.now = Math.floor(clock.now / 1000) * 1000
  provider.tokens = { expires_in: undefined }
  await alice.login(provider, '/login/house')
  like(t, (await alice.get('/tokens/house')).json(), {
    tokens: { accessToken: 'access-0', expiresAt: clock.now / 1000 + 7200 }
  })
})

const wrong: { title: string; tokenResponse: (answer: Claims) => unknown }[] = [
  {
    title: 'throws',
    tokenResponse() {
      throw new Error('access-0')
    }
  },
  { title: 'returns undefined', tokenResponse: () => undefined },
  { title: 'returns a list', tokenResponse: () => [] },
  { title: 'returns a text', tokenResponse: () => 'access-0' },
  { title: 'returns a promise', tokenResponse: async (answer) => answer },
  { title: 'returns a rejected promise', tokenResponse: async () => Promise.reject(new Error('access-0')) }
]

for (const { title, tokenResponse } of wrong) {
  t.test(`a tokenResponse that ${title} fails the login, without a secret in the answer (K10.1)`, async (t) => {
    // Only a JavaScript function can return this.
    const { browser, provider, sessions } = await started(
      t,
      {},
      { tokenResponse: tokenResponse as Provider['tokenResponse'] }
    )
    const answer = await browser().login(provider)
    t.equal(answer.statusCode, 502)
    t.notMatch(answer.body, 'access-0')
    t.equal(sessions.size, 0)
  })

  t.test(
    `a tokenResponse that ${title} keeps the rotated refresh token, and hides no refusal (K10.2, K12.1)`,
    async (t) => {
      let isBroken = false
      const broken = (answer: Claims): Claims => (isBroken ? tokenResponse(answer) : answer) as Claims // As above.
      const { alice, provider, clock } = await keeping(t, {}, { tokenResponse: broken })
      clock.now += 300_000
      isBroken = true
      provider.answers.set('/token', { body: { access_token: 'access-1', refresh_token: 'refresh-1' } })
      t.equal((await alice.get('/tokens/house')).statusCode, 502)
      isBroken = false
      t.equal((await alice.get('/tokens/house')).json().tokens.accessToken, 'access-1')
      t.equal(provider.received.at(-1)?.form.get('refresh_token'), 'refresh-1')
      isBroken = true
      clock.now += 300_000
      provider.answers.set('/token', { status: 400, body: { error: 'invalid_grant' } })
      t.same((await alice.get('/tokens/house?refused')).json(), {
        tokens: { accessToken: 'access-1', tokenType: 'Bearer', expiresAt: null, scope: null }
      })
      t.same((await alice.get('/tokens/house?refused=access-1')).json(), { tokens: null })
    }
  )
}
