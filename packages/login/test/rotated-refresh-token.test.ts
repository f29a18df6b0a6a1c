import t from 'tap'
import { like } from '@latchkey/exact'
import type { Answer } from './fixtures/fake-provider.ts'
import { keeping } from './fixtures/keeping.ts'

const odd: { title: string; members: Record<string, unknown> }[] = [
  { title: 'an empty id_token', members: { id_token: '' } },
  { title: 'an id_token of null', members: { id_token: null } },
  { title: 'an id_token of type number', members: { id_token: 1 } },
  { title: 'an unsigned id_token', members: { id_token: 'a.b.c' } },
  { title: 'an id_token of 17 KB', members: { id_token: 'a'.repeat(17_000) } },
  { title: 'a scope of type object', members: { scope: {} } },
  { title: 'a lifetime of type object', members: { expires_in: {} } },
  { title: 'an empty error', members: { error: '' } },
  { title: 'no token_type', members: { token_type: undefined } }
]

for (const { title, members } of odd) {
  t.test(`a refresh answer with ${title} updates both tokens (K12.1)`, async (t) => {
    const { alice, provider, clock } = await keeping(t)
    clock.now += 300_000
    provider.answers.set('/token', {
      body: { access_token: 'access-1', token_type: 'Bearer', expires_in: 300, refresh_token: 'refresh-1', ...members }
    })
    like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-1' } })
    const dead = await alice.get('/tokens/house?refused=access-1')
    t.equal(dead.statusCode, 200)
    t.same(
      provider.received.map(({ form }) => form.get('refresh_token')),
      ['refresh-0', 'refresh-1']
    )
  })
}

for (const refreshToken of ['', null, undefined, 1]) {
  t.test(
    `a refresh answer with the refresh_token ${JSON.stringify(refreshToken)} keeps the old one (K12.1)`,
    async (t) => {
      const { alice, provider, clock } = await keeping(t)
      clock.now += 300_000
      const body = { access_token: 'access-1', token_type: 'Bearer', expires_in: 300, refresh_token: refreshToken }
      provider.answers.set('/token', { body })
      like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-1' } })
      clock.now += 300_000
      t.equal((await alice.get('/tokens/house')).statusCode, 200)
      t.equal(provider.received.at(-1)?.form.get('refresh_token'), 'refresh-0')
    }
  )
}

const unusable: { title: string; answer: Answer }[] = [
  { title: 'no access token', answer: { body: { refresh_token: 'refresh-1' } } },
  { title: 'an empty access token', answer: { body: { access_token: '', refresh_token: 'refresh-1' } } },
  {
    title: 'another token_type',
    answer: { body: { access_token: 'access-1', token_type: 'mac', refresh_token: 'refresh-1' } }
  },
  {
    title: 'an error next to the tokens',
    answer: { body: { error: 'odd', access_token: 'access-1', refresh_token: 'refresh-1' } }
  }
]

for (const { title, answer } of unusable) {
  t.test(`a refresh answer with ${title} gives 502, and the rotated refresh token is kept (K12.1)`, async (t) => {
    const { alice, provider, clock } = await keeping(t)
    clock.now += 300_000
    provider.answers.set('/token', answer)
    t.equal((await alice.get('/tokens/house')).statusCode, 502)
    provider.answers.set('/token', { body: { access_token: 'access-2', token_type: 'Bearer', expires_in: 300 } })
    like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-2' } })
    t.same(
      provider.received.map(({ form }) => form.get('refresh_token')),
      ['refresh-0', 'refresh-1']
    )
  })
}

for (const expiresIn of [undefined, null, 0, -1, '']) {
  t.test(
    `a token with the lifetime ${JSON.stringify(expiresIn)} is refreshed when it is refused (K12.2)`,
    async (t) => {
      const { alice, provider, clock } = await keeping(t)
      provider.tokens = { expires_in: expiresIn }
      await alice.login(provider, '/login/house')
      provider.received.length = 0
      clock.now += 30 * 86_400_000
      like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-0', expiresAt: null } })
      like(t, (await alice.get('/tokens/house?refused=older')).json(), { tokens: { accessToken: 'access-0' } })
      t.equal(provider.count('/token'), 0)
      const many = await Promise.all(Array.from({ length: 10 }, () => alice.get('/tokens/house?refused=access-0')))
      t.same(new Set(many.map((one) => one.json().tokens.accessToken)), new Set(['access-1']))
      t.equal(provider.count('/token'), 1, 'one refresh for concurrent calls')
      like(t, (await alice.get('/tokens/house?refused=access-0')).json(), { tokens: { accessToken: 'access-1' } })
      like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-1' } })
      t.equal(provider.count('/token'), 1)
    }
  )
}

t.test('a refused token without a refresh token gives no tokens (K12.2)', async (t) => {
  const { alice, provider, app } = await keeping(t)
  provider.tokens = { refresh_token: undefined, expires_in: undefined }
  await app.login.forget(String(alice.session?.subject), 'house')
  await alice.login(provider, '/login/house')
  provider.received.length = 0
  t.same((await alice.get('/tokens/house?refused=access-0')).json(), { tokens: null })
  t.equal(provider.count('/token'), 0)
})
