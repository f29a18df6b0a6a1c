import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { another, type Keeping, keeping } from './fixtures/keeping.ts'

type UpstreamTokens = Store['upstreamTokens']

/** Replaces some methods of the store of the providers' tokens. */
function storeWith(store: Store, methods: (tokens: UpstreamTokens) => Partial<UpstreamTokens>): Store {
  const { upstreamTokens } = store
  return { ...store, upstreamTokens: { ...upstreamTokens, ...methods(upstreamTokens) } }
}

/** The monotonic clock, which the test moves. */
function monotonicClock(t: Test): { ahead: number } {
  const now = performance.now.bind(performance)
  const clock = { ahead: 0 }
  performance.now = () => now() + clock.ahead
  t.teardown(() => Reflect.deleteProperty(performance, 'now'))
  return clock
}

/** A process that dies during a refresh: it never releases its lease. */
async function dies(t: Test, one: Keeping): Promise<void> {
  let changes = 0
  const store = storeWith(one.store, (tokens) => ({
    replace: async (...change) =>
      changes++ === 0 ? await tokens.replace(...change) : Promise.reject(new Error('dead'))
  }))
  const { app } = await another(t, { ...one, store })
  const asked = new Promise<void>((resolve) => {
    one.provider.answers.set('/token', async () => {
      resolve()
      return null
    })
  })
  const lost = app.inject({ url: '/tokens/house', headers: { cookie: one.alice.jar.header } })
  t.teardown(async () => {
    await one.provider.stop()
    await lost
  })
  await asked
  one.provider.answers.clear()
}

/** Returns the result of a process that starts to wait now; `turn` is called at its second read. */
async function waits(t: Test, one: Keeping, turn: () => void): Promise<{ status: number; body: unknown }> {
  let looks = 0
  const store = storeWith(one.store, (tokens) => ({
    async find(owner) {
      if (++looks === 2) turn()
      return await tokens.find(owner)
    }
  }))
  const { app } = await another(t, { ...one, store })
  const answer = await app.inject({ url: '/tokens/house', headers: { cookie: one.alice.jar.header } })
  return { status: answer.statusCode, body: answer.json() }
}

t.test('a lease of a process with a clock an hour ahead lasts as long as any other', async (t) => {
  const one = await keeping(t)
  one.clock.now += 300_000
  await dies(t, { ...one, clock: { now: one.clock.now + 3_600_000 } })
  const clock = monotonicClock(t)
  const { body } = await waits(t, one, () => (clock.ahead = 31_000))
  like(t, body, { tokens: { accessToken: 'access-1' } })
  t.equal(one.provider.count('/token'), 2)
})

t.test('a process that waits for another one answers 504 after its time limit', async (t) => {
  const one = await keeping(t)
  one.clock.now += 300_000
  await dies(t, one)
  const clock = monotonicClock(t)
  t.equal((await waits(t, one, () => (clock.ahead = 41_000))).status, 504)
  t.equal(one.provider.count('/token'), 1)
})

t.test('short-lived tokens are refreshed once for concurrent processes', async (t) => {
  const one = await keeping(t)
  one.clock.now += 300_000
  one.provider.tokens = { expires_in: 20 }
  const looked: Promise<void>[] = []
  const processes = await Promise.all(
    Array.from({ length: 6 }, async () => {
      let look: () => void = () => undefined
      looked.push(new Promise((resolve) => (look = resolve)))
      const store = storeWith(one.store, (tokens) => ({ find: (owner) => tokens.find(owner).finally(look) }))
      return await another(t, { ...one, store })
    })
  )
  one.provider.answers.set('/token', async () => {
    await Promise.all(looked)
    return { body: { access_token: 'access-1', token_type: 'Bearer', expires_in: 20 } }
  })
  const headers = { cookie: one.alice.jar.header }
  const answers = await Promise.all(processes.map(({ app }) => app.inject({ url: '/tokens/house', headers })))
  t.same(new Set(answers.map((answer) => answer.json().tokens.accessToken)), new Set(['access-1']))
  t.equal(one.provider.count('/token'), 1)
})

t.test('a short failure of the store after a refresh loses no token', async (t) => {
  const { store, fails } = failing()
  const { provider, clock, alice } = await keeping(t, { store })
  clock.now += 300_000
  provider.tokens = { refresh_token: 'refresh-rotated' }
  fails.after = 1
  fails.times = 2
  like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-1' } })
  clock.now += 300_000
  await alice.get('/tokens/house')
  t.equal(provider.received.at(-1)?.form.get('refresh_token'), 'refresh-rotated')
})

t.test('a failed answer of the store after a successful write causes no second refresh', async (t) => {
  const { store, fails } = failing()
  const { provider, clock, alice } = await keeping(t, { store })
  clock.now += 300_000
  Object.assign(fails, { after: 1, times: 1, isDone: true })
  like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-1' } })
  like(t, (await alice.get('/tokens/house')).json(), { tokens: { accessToken: 'access-1' } })
  t.equal(provider.count('/token'), 1)
})

t.test('a store that stays down after a refresh does not receive the used refresh token again', async (t) => {
  const { store, fails } = failing()
  const { provider, clock, alice } = await keeping(t, { store })
  clock.now += 300_000
  provider.tokens = { refresh_token: 'refresh-rotated' }
  fails.after = 1
  fails.times = 4
  t.equal((await alice.get('/tokens/house')).statusCode, 503)
  const found = await store.upstreamTokens.find({ accountId: String(alice.session?.subject), provider: 'house' })
  t.equal(fails.versions.length, 5)
  t.equal(found?.version, fails.versions.at(-1))
})

t.test('a failure of the store after a refusal does not hide the refusal', async (t) => {
  const { store, fails } = failing()
  const { provider, clock, alice } = await keeping(t, { store })
  clock.now += 300_000
  provider.answers.set('/token', { status: 400, body: { error: 'invalid_client' } })
  fails.after = 1
  fails.times = 1
  t.equal((await alice.get('/tokens/house')).statusCode, 502)
})

t.test('a concurrent login with the used refresh token receives its successor', async (t) => {
  const { provider, clock, alice, app } = await keeping(t)
  provider.claims = { exp: Math.floor(clock.now / 1000) + 3600 }
  clock.now += 300_000
  provider.answers.set('/token', async () => {
    provider.answers.clear()
    provider.tokens = { access_token: 'from-the-login', refresh_token: undefined }
    await alice.login(provider, '/login/house')
    return { body: { access_token: 'stale', token_type: 'Bearer', refresh_token: 'refresh-rotated' } }
  })
  const answer = await app.inject({ url: '/tokens/house', headers: { cookie: alice.jar.header } })
  t.equal(answer.json().tokens.accessToken, 'from-the-login')
  clock.now += 300_000
  await alice.get('/tokens/house')
  t.equal(provider.received.at(-1)?.form.get('refresh_token'), 'refresh-rotated')
})

t.test('a slow refresh is kept after another process has taken over', async (t) => {
  const one = await keeping(t)
  const { provider, clock, alice, app } = one
  const other = await another(t, one)
  clock.now += 300_000
  const headers = { cookie: alice.jar.header }
  let taken: Promise<unknown> = Promise.resolve()
  provider.answers.set('/token', async () => {
    clock.now += 31_000
    const asked = new Promise<void>((resolve) => {
      provider.answers.set('/token', async () => {
        resolve()
        await slow
        return { status: 400, body: { error: 'invalid_grant' } }
      })
    })
    taken = other.app.inject({ url: '/tokens/house', headers }).then((answer) => {
      t.equal(answer.json().tokens.accessToken, 'access-slow')
    })
    await asked
    const tokens = { access_token: 'access-slow', token_type: 'Bearer', expires_in: 300 }
    return { body: { ...tokens, refresh_token: 'refresh-rotated' } }
  })
  const slow = app.inject({ url: '/tokens/house', headers })
  t.equal((await slow).json().tokens.accessToken, 'access-slow')
  await taken
})

t.test('an ID token from a refresh is not kept, because it is not verified', async (t) => {
  const { provider, clock, alice } = await keeping(t)
  clock.now += 300_000
  provider.tokens = { id_token: 'forged' }
  await alice.get('/tokens/house')
  const { headers } = await alice.post('/logout')
  t.match(new URL(String(headers.location)).searchParams.get('id_token_hint'), /^eyJ/)
})

interface Failures {
  /** The number of changes before the failure. */
  after: number
  times: number
  /** Whether the failing change was made nevertheless. */
  isDone: boolean
  /** The versions of the attempted changes. */
  readonly versions: string[]
}

function failing(): { store: Store; fails: Failures } {
  const fails: Failures = { after: 0, times: 0, isDone: false, versions: [] }
  const store = storeWith(memoryStore(), (tokens) => ({
    async replace(owner, sealed, version) {
      fails.versions.push(version)
      const isFailing = fails.after-- <= 0 && fails.times-- > 0
      const isReplaced = (!isFailing || fails.isDone) && (await tokens.replace(owner, sealed, version))
      if (isFailing) throw Object.assign(new Error('down'), { statusCode: 503 })
      return isReplaced
    }
  }))
  return { store, fails }
}
