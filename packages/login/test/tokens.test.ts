import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { discord, github } from '@latchkey/login'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { addRoutes, another, keeping } from './fixtures/keeping.ts'
import { house, server } from './fixtures/server.ts'

t.test('tokens are stored encrypted, and returned until their expiry (SEC-114)', async (t) => {
  const { alice, provider, clock, store } = await keeping(t)
  const expiresAt = Math.floor(clock.now / 1000) + 300
  const tokens = { accessToken: 'access-0', tokenType: 'Bearer', expiresAt, scope: null }
  t.same((await alice.get('/tokens/house')).json(), { tokens })
  t.same(provider.received, [])
  const stored = await store.upstreamTokens.find({ accountId: String(alice.session?.subject), provider: 'house' })
  t.notMatch(stored?.sealed, 'access-0')
})

t.test('answers to the browser contain no token of the provider (SEC-114)', async (t) => {
  const { browser, provider } = await keeping(t)
  const bob = browser()
  const answer = await bob.login(provider, '/login/house')
  const all = answer.body + JSON.stringify(answer.headers)
  for (const token of ['access-0', 'refresh-0']) t.notMatch(all, token)
})

t.test('an expired token is refreshed once for concurrent calls, and the refresh token is kept', async (t) => {
  const { alice, provider, clock } = await keeping(t)
  clock.now += 300_000
  const answers = await Promise.all(Array.from({ length: 20 }, () => alice.get('/tokens/house')))
  t.same(new Set(answers.map((answer) => answer.json().tokens.accessToken)), new Set(['access-1']))
  t.equal(provider.count('/token'), 1)
  clock.now += 300_000
  provider.tokens = { access_token: 'access-2', scope: 'openid' }
  like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-2', scope: 'openid' } })
  t.equal(provider.count('/token'), 2)
})

t.test('an expired token is refreshed once among several processes', async (t) => {
  const one = await keeping(t)
  const { provider, clock, alice } = one
  const other = await another(t, one)
  clock.now += 300_000
  const headers = { cookie: alice.jar.header }
  const asked = [one, other, one, other].map(({ app }) => app.inject({ url: '/tokens/house', headers }))
  const answers = await Promise.all(asked)
  t.same(
    answers.map((answer) => answer.json().tokens.accessToken),
    Array(4).fill('access-1')
  )
  t.equal(provider.count('/token'), 1)
})

t.test('a login during a refresh keeps its tokens', async (t) => {
  const { provider, clock, alice, app } = await keeping(t)
  provider.claims = { exp: Math.floor(clock.now / 1000) + 3600 }
  clock.now += 300_000
  for (const refreshed of [
    { body: { access_token: 'stale', token_type: 'Bearer' } },
    { status: 400, body: { error: 'invalid_grant' } }
  ]) {
    let answer: () => void = () => undefined
    const asked = new Promise<void>((resolve) => {
      provider.answers.set('/token', async () => {
        resolve()
        await new Promise<void>((go) => void (answer = go))
        return refreshed
      })
    })
    const waiting = app.inject({ url: '/tokens/house', headers: { cookie: alice.jar.header } })
    await asked
    provider.answers.clear()
    provider.tokens = { access_token: 'from-the-login' }
    await alice.login(provider, '/login/house')
    answer()
    t.equal((await waiting).json().tokens.accessToken, 'from-the-login')
    clock.now += 300_000
  }
})

t.test('an invalid refresh token is deleted with the other tokens', async (t) => {
  const { provider, clock, alice, store } = await keeping(t)
  clock.now += 300_000
  provider.answers.set('/token', { status: 400, body: { error: 'invalid_grant' } })
  t.same((await alice.get('/tokens/house')).json(), { tokens: null })
  t.equal(await store.upstreamTokens.find({ accountId: String(alice.session?.subject), provider: 'house' }), null)
  t.same((await alice.get('/tokens/house')).json(), { tokens: null })
  t.equal(provider.count('/token'), 1)
})

t.test('an error of GitHub with status 200 deletes the tokens', async (t) => {
  const { provider, clock, alice, store } = await keeping(t)
  clock.now += 300_000
  provider.answers.set('/token', { body: { error: 'bad_refresh_token' } })
  t.same((await alice.get('/tokens/house')).json(), { tokens: null })
  t.equal(await store.upstreamTokens.find({ accountId: String(alice.session?.subject), provider: 'house' }), null)
})

t.test('a provider that is down does not delete the refresh token', async (t) => {
  const { provider, clock, alice } = await keeping(t)
  clock.now += 300_000
  provider.answers.set('/token', { status: 500 })
  t.equal((await alice.get('/tokens/house')).statusCode, 503)
  provider.answers.clear()
  t.equal((await alice.get('/tokens/house')).json().tokens.accessToken, 'access-1')
})

t.test('an expired token without a refresh token is not returned', async (t) => {
  const { provider, clock, browser, alice, app } = await keeping(t)
  await app.login.forget(String(alice.session?.subject), 'house')
  provider.tokens = { refresh_token: undefined }
  const bob = browser()
  await bob.login(provider, '/login/house')
  clock.now += 300_000
  t.same((await bob.get('/tokens/house')).json(), { tokens: null })
})

t.test('a token without an expiry is not refreshed', async (t) => {
  const { provider, clock, browser } = await keeping(t)
  provider.tokens = { expires_in: undefined }
  const bob = browser()
  await bob.login(provider, '/login/house')
  clock.now += 3e12
  like(t, (await bob.get('/tokens/house')).json(), { tokens: { accessToken: 'access-0', expiresAt: null } })
})

t.test('a caller without a session or without kept tokens receives no tokens', async (t) => {
  const { browser } = await keeping(t)
  t.same((await browser().get('/tokens/house')).json(), { tokens: null })
  t.same((await browser().get('/userinfo/house')).json(), { userinfo: null })
  const { alice } = await keeping(t, { keepTokens: false })
  t.same((await alice.get('/tokens/house')).json(), { tokens: null })
})

t.test('an unknown provider is answered 500', async (t) => {
  const { alice } = await keeping(t)
  t.equal((await alice.get('/tokens/nobody')).statusCode, 500)
})

t.test('forget() deletes the tokens without a request to the provider', async (t) => {
  const { app, alice, provider } = await keeping(t)
  await app.login.forget(String(alice.session?.subject), 'house')
  t.same((await alice.get('/tokens/house')).json(), { tokens: null })
  t.same(provider.received, [])
})

t.test('userinfo is fetched on each call, and must have the same subject (SEC-106)', async (t) => {
  const { alice, provider } = await keeping(t)
  provider.userinfo = { name: 'Alice L.' }
  t.same((await alice.get('/userinfo/house')).json(), { userinfo: { sub: 'alice-1', name: 'Alice L.' } })
  provider.userinfo = { sub: 'mallory' }
  t.equal((await alice.get('/userinfo/house')).statusCode, 502)
})

t.test('a refused access token is refreshed once, and userinfo is null when it is refused again', async (t) => {
  const { alice, provider } = await keeping(t)
  let refused = 1
  provider.answers.set('/userinfo', () => {
    return refused-- > 0 ? { status: 401, body: {} } : { body: { sub: 'alice-1', name: 'Alice' } }
  })
  t.same((await alice.get('/userinfo/house')).json(), { userinfo: { sub: 'alice-1', name: 'Alice' } })
  t.equal(provider.count('/token'), 1)
  like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-1' } })
  refused = 2
  provider.tokens = { access_token: 'access-2' }
  t.same((await alice.get('/userinfo/house')).json(), { userinfo: null })
  t.equal(provider.count('/token'), 2)
  t.equal(provider.count('/userinfo'), 4)
  refused = 1
  provider.answers.set('/token', { status: 400, body: { error: 'invalid_grant' } })
  t.same((await alice.get('/userinfo/house')).json(), { userinfo: null })
  t.same((await alice.get('/tokens/house')).json(), { tokens: null })
})

t.test('userinfo of a provider without an endpoint is answered 502', async (t) => {
  const provider = await fakeProvider(t)
  provider.metadata = { userinfo_endpoint: undefined }
  const { browser } = await server(t, { providers: [house(provider)], keepTokens: true }, { prepare: addRoutes })
  const alice = browser()
  await alice.login(provider)
  t.equal((await alice.get('/userinfo/house')).statusCode, 502)
})

for (const make of [discord, github]) {
  t.test(`userinfo of ${make.name} must have the same id`, async (t) => {
    const provider = await fakeProvider(t)
    const providers = [make({ clientId: 'app', clientSecret: 'opensesame', baseUrl: provider.issuer })]
    const { browser } = await server(t, { providers, keepTokens: true }, { prepare: addRoutes })
    const alice = browser()
    await alice.login(provider)
    const answer: LightMyRequestResponse = await alice.get(`/userinfo/${make.name}`)
    t.ok(answer.json().userinfo.id)
    provider.userinfo = { id: make === discord ? '1' : 1 }
    t.equal((await alice.get(`/userinfo/${make.name}`)).statusCode, 502)
  })
}

t.test('tokens that are deleted during a refresh stay deleted', async (t) => {
  const { provider, clock, alice, app } = await keeping(t)
  provider.claims = { exp: Math.floor(clock.now / 1000) + 3600 }
  for (const refreshed of [
    { body: { access_token: 'late', token_type: 'Bearer' } },
    { status: 400, body: { error: 'invalid_grant' } }
  ]) {
    clock.now += 300_000
    provider.answers.set('/token', async () => {
      await app.login.forget(String(alice.session?.subject), 'house')
      return refreshed
    })
    t.same((await alice.get('/tokens/house')).json(), { tokens: null })
    provider.answers.clear()
    await alice.login(provider, '/login/house')
  }
})

t.test('a lease that is replaced at once is not used', async (t) => {
  const inner = memoryStore()
  let undo: (() => Promise<unknown>) | null = null
  let isLost = false
  const upstreamTokens: Store['upstreamTokens'] = {
    ...inner.upstreamTokens,
    async replace(owner, sealed, version) {
      if (isLost) {
        isLost = false
        return false
      }
      const isReplaced = await inner.upstreamTokens.replace(owner, sealed, version)
      const undoing = undo
      undo = null
      await undoing?.()
      return isReplaced
    }
  }
  const { provider, clock, alice, app } = await keeping(t, { store: { ...inner, upstreamTokens } })
  provider.claims = { exp: Math.floor(clock.now / 1000) + 3600 }
  clock.now += 300_000
  isLost = true
  undo = () => alice.login(provider, '/login/house')
  t.equal((await alice.get('/tokens/house')).json<{ tokens: { accessToken: string } }>().tokens.accessToken, 'access-0')
  clock.now += 300_000
  undo = () => app.login.forget(String(alice.session?.subject), 'house')
  t.same((await alice.get('/tokens/house')).json(), { tokens: null })
})
