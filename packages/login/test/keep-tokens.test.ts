import t from 'tap'
import { like } from '@latchkey/exact'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { keeping } from './fixtures/keeping.ts'

t.test('a login without a refresh token keeps the stored one, because Google sends it once', async (t) => {
  const { provider, clock, alice } = await keeping(t)
  provider.tokens = { access_token: 'access-again', refresh_token: undefined }
  await alice.login(provider, '/login/house')
  like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-again' } })
  clock.now += 300_000
  provider.tokens = {}
  like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-1' } })
})

t.test('a login with a refresh token replaces the stored one', async (t) => {
  const { provider, clock, alice } = await keeping(t)
  provider.tokens = { refresh_token: 'refresh-new' }
  await alice.login(provider, '/login/house')
  clock.now += 300_000
  await alice.get('/tokens/house')
  t.equal(provider.received.at(-1)?.form.get('refresh_token'), 'refresh-new')
})

t.test('a login with another identity does not keep the stored refresh token', async (t) => {
  const { provider, clock, alice } = await keeping(t, { onLogin: () => ({ subject: 'one account' }) })
  provider.tokens = { refresh_token: undefined }
  provider.claims = { sub: 'alice-2' }
  provider.userinfo = { sub: 'alice-2' }
  await alice.login(provider, '/login/house')
  clock.now += 300_000
  provider.received.length = 0
  t.same((await alice.get('/tokens/house')).json(), { tokens: null })
  t.same(provider.received, [])
})

t.test('a login without a refresh token keeps the result of a concurrent refresh', async (t) => {
  const inner = memoryStore()
  let between: (() => Promise<unknown>) | null = null
  const upstreamTokens: Store['upstreamTokens'] = {
    ...inner.upstreamTokens,
    async replace(...change) {
      const doing = between
      between = null
      await doing?.()
      return await inner.upstreamTokens.replace(...change)
    }
  }
  const { provider, clock, alice, app } = await keeping(t, { store: { ...inner, upstreamTokens } })
  provider.claims = { exp: Math.floor(clock.now / 1000) + 3600 }
  clock.now += 300_000
  const headers = { cookie: alice.jar.header }
  between = async () => {
    provider.tokens = { refresh_token: 'refresh-rotated' }
    await app.inject({ url: '/tokens/house', headers })
  }
  provider.tokens = { refresh_token: undefined }
  await alice.login(provider, '/login/house')
  clock.now += 300_000
  await alice.get('/tokens/house')
  t.equal(provider.received.at(-1)?.form.get('refresh_token'), 'refresh-rotated')
})

t.test('a login replaces stored tokens that cannot be opened', async (t) => {
  const { provider, alice, store } = await keeping(t)
  const owner = { accountId: String(alice.session?.subject), provider: 'house' }
  const { sealed = '' } = (await store.upstreamTokens.find(owner)) ?? {}
  await store.upstreamTokens.put(owner, `${sealed.slice(0, -4)}AAAA`)
  provider.tokens = { refresh_token: undefined }
  t.equal((await alice.login(provider, '/login/house')).statusCode, 303)
  like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-0' } })
})

t.test('a store that is down during a login loses no refresh token', async (t) => {
  const inner = memoryStore()
  let isDown = false
  const upstreamTokens: Store['upstreamTokens'] = {
    ...inner.upstreamTokens,
    async find(owner) {
      if (isDown) throw Object.assign(new Error('down'), { statusCode: 503 })
      return await inner.upstreamTokens.find(owner)
    }
  }
  const { provider, clock, alice } = await keeping(t, { store: { ...inner, upstreamTokens } })
  provider.tokens = { refresh_token: undefined }
  isDown = true
  t.equal((await alice.login(provider, '/login/house')).statusCode, 503)
  isDown = false
  clock.now += 300_000
  like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-1' } })
})
