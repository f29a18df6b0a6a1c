import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { STORE_RETRY_AFTER, StoreUnavailableError, type Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { clock } from './fixtures/clock.ts'
import { server } from './fixtures/server.ts'

t.test('refuses a grace period that is shorter than the time of a retry, and shows the sum (K13)', async (t) => {
  const store = { ...memoryStore(), timeout: 5_000 }
  for (const refreshGracePeriod of [1, 10, 12]) {
    await rejectsLike(t, server({ store, refreshGracePeriod }), {
      code: 'LATCHKEY_REGISTRATION',
      message: `@latchkey/token-endpoint: refreshGracePeriod must be longer than store timeout 5 s + Retry-After 5 s + margin 2 s = 12 s. Fix: raise it (at most 60), lower the timeout of the store, or set 0 for no grace period`
    })
  }
  for (const refreshGracePeriod of [0, 13]) await t.resolves(server({ store, refreshGracePeriod }))
})

t.test('uses the timeout of the store, or 5 s when it has none (K13)', async (t) => {
  const { refreshTokens, revocations } = memoryStore()
  const slow = { refreshTokens, revocations, timeout: 30_000 }
  await rejectsLike(t, server({ store: slow }), {
    message:
      '@latchkey/token-endpoint: refreshGracePeriod must be longer than store timeout 30 s + Retry-After 5 s + margin 2 s = 37 s. Fix: raise it (at most 60), lower the timeout of the store, or set 0 for no grace period'
  })
  await t.resolves(server({ store: slow, refreshGracePeriod: 38 }))
  await rejectsLike(t, server({ store: { refreshTokens, revocations }, refreshGracePeriod: 12 }), {
    message:
      '@latchkey/token-endpoint: refreshGracePeriod must be longer than store timeout 5 s + Retry-After 5 s + margin 2 s = 12 s. Fix: raise it (at most 60), lower the timeout of the store, or set 0 for no grace period'
  })
  await t.resolves(server({ store: { refreshTokens, revocations } }), 'the default is sufficient')
  await t.resolves(server({ store: memoryStore(), refreshGracePeriod: 8 }), 'a store in memory has no timeout')
})

t.test('Retry-After equals the summand, also for errors of other origins (K13)', async (t) => {
  const { login } = await server({}, { grants: [{ grantType: 'password', handle: down }] })
  like(t, await login(), { status: 503, headers: { 'retry-after': String(STORE_RETRY_AFTER) } })
})

async function down(): Promise<never> {
  throw Object.assign(new Error('down'), { statusCode: 503 })
}

for (const late of [0, 50, 200, 500, 999]) {
  t.test(`a client that repeats a lost refresh ${late} ms after Retry-After stays signed in (K13)`, async (t) => {
    for (const begin of [0, 300, 700, 999]) {
      let time = clock().now() + begin
      const now = (): number => time
      const base = memoryStore({ now })
      const seconds = 5
      const store: Store = {
        ...base,
        timeout: seconds * 1_000,
        refreshTokens: {
          ...base.refreshTokens,
          async rotate(rotation) {
            const rotated = await base.refreshTokens.rotate(rotation)
            if (lose) {
              time += seconds * 1_000
              throw new StoreUnavailableError('no answer in time')
            }
            return rotated
          }
        }
      }
      let lose = true
      const { login, refresh } = await server({ store, now })
      const { body } = await login()
      const lost = await refresh(body.refresh_token)
      like(t, lost, { status: 503, headers: { 'retry-after': '5' } })
      lose = false
      time += Number(lost.headers['retry-after']) * 1_000 + late
      const again = await refresh(body.refresh_token)
      like(t, again, { status: 200, body: { refresh_token: String } })
      like(t, await refresh(again.body.refresh_token), { status: 200 })
    }
  })
}
