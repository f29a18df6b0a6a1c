import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { StoreSetupError } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { addRoutes } from './fixtures/keeping.ts'
import { house, server } from './fixtures/server.ts'

const HOUR = 3_600_000
const secrets = ['x7TgBqL0sVnMwZyKcRjFhPdU3iXoE1aQ9tWr5v8b2mN']

for (const offset of [-24 * HOUR, 24 * HOUR]) {
  t.test(`a process whose clock differs by ${offset / HOUR} h keeps tokens until their expiry (K16)`, async (t) => {
    const provider = await fakeProvider(t)
    const time = { now: Date.now() }
    const store = memoryStore({ now: () => time.now })
    const setting = { providers: [house(provider)], keepTokens: true, secrets, store }
    const wrong = await server(t, { ...setting, now: () => time.now + offset }, { ownTime: true, prepare: addRoutes })
    const alice = wrong.browser()
    like(t, await alice.login(provider, '/login/house'), { statusCode: 303 })
    like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-0' } })
    time.now += 2 * HOUR
    like(
      t,
      (await alice.get('/tokens/house')).json(),
      { tokens: { accessToken: 'access-1' } },
      'the token was refreshed'
    )
  })
}

t.test('missing tables prevent the start, and the error names the fix (K19.1)', async (t) => {
  const check = async (): Promise<never> => Promise.reject(new StoreSetupError('Fix: call store.migrate() first'))
  const provider = await fakeProvider(t)
  const started = server(t, { providers: [house(provider)], store: { ...memoryStore(), check } })
  await rejectsLike(t, started, { code: 'LATCHKEY_STORE_SETUP', message: 'Fix: call store.migrate() first' })
})
