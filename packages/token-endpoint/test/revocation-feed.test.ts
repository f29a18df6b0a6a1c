import t from 'tap'
import { like } from '@latchkey/exact'
import { StoreUnavailableError } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { TokenError, type Grant, type RevocationOptions } from '@latchkey/token-endpoint'
import { clock } from './fixtures/clock.ts'
import { type FragileStore, fragileStore } from './fixtures/fragile-store.ts'
import { isRevoked, server, started } from './fixtures/server.ts'

const unavailable = { code: 'LATCHKEY_UNAVAILABLE', statusCode: 503, retryAfter: 5 }
const refused = { status: 400, body: { error: 'invalid_grant' } }
const quick: RevocationOptions = { interval: 10, staleAfter: 200 }

/** Waits until a condition holds, for five seconds at most. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('It did not come to hold')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const since = 'revocations.since'

function readings({ calls }: FragileStore): number {
  return calls.filter((name) => name === since).length
}

function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

function logged(): { lines: string[]; logger: { level: string; stream: { write(line: string): void } } } {
  const lines: string[] = []
  return { lines, logger: { level: 'info', stream: { write: (line) => void lines.push(line) } } }
}

t.test('a revocation by one process applies at all processes (SEC-86, SEC-91)', async (t) => {
  const store = memoryStore()
  const one = await started(t, { store, revocations: quick })
  const other = await started(t, { store, revocations: quick })
  const [first, second, third] = [await one.login(), await one.login(), await one.login({ username: 'bob' })]
  await one.revoke(first.body.access_token)
  await until(() => isRevoked(other.app, first.body.access_token))
  t.notOk(isRevoked(other.app, second.body.access_token))
  await one.revoke(second.body.refresh_token)
  await until(() => isRevoked(other.app, second.body.access_token))
  t.notOk(isRevoked(other.app, third.body.access_token))
  await one.app.tokenEndpoint.revokeAll('bob')
  await until(() => isRevoked(other.app, third.body.access_token))
  like(t, await other.refresh(third.body.refresh_token), refused)
})

t.test('a process that starts knows earlier revocations', async (t) => {
  const store = memoryStore()
  const one = await started(t, { store })
  const { body } = await one.login()
  await one.revoke(body.access_token)
  await one.app.close()
  const other = await started(t, { store, revocations: { interval: 60_000, staleAfter: 600_000 } })
  t.ok(isRevoked(other.app, body.access_token))
})

t.test('a process that starts reads any number of revocations in pages (K22.3)', async (t) => {
  const store = memoryStore({ maxEntries: 20_000 })
  const first = await started(t, { store })
  const { body } = await first.login()
  await first.app.close()
  const expiresAt = Math.floor(Date.now() / 1_000) + 600
  for (let i = 0; i < 12_000; i++) {
    await store.revocations.revoke({ kind: 'token', id: `token ${i}`, revokedAt: expiresAt - 600, expiresAt })
  }
  await first.app.tokenEndpoint.revokeAll('alice')
  const other = await started(t, { store })
  t.ok(isRevoked(other.app, body.access_token))
})

t.test('a revocation is forgotten after all verifiers refuse its tokens as expired', async (t) => {
  const time = clock()
  const { app, login, revoke } = await started(t, { now: time.now, revocations: quick })
  const first = await login()
  const second = await login()
  await revoke(first.body.access_token)
  await revoke(second.body.refresh_token)
  await app.tokenEndpoint.revokeAll('alice')
  const tokens = [first.body.access_token, second.body.access_token]
  time.seconds += 660
  await new Promise((resolve) => setTimeout(resolve, 50))
  for (const token of tokens) t.ok(isRevoked(app, token), 'a verifier with a wrong clock may still accept the token')
  time.seconds += 62
  for (const token of tokens) await until(() => !isRevoked(app, token))
})

t.test('a token without valid identifying claims counts as revoked (SEC-68)', async (t) => {
  const { app } = await started(t)
  const good = { jti: 'a', sub: 'alice', iat: 1 }
  t.notOk(app.tokenEndpoint.isRevoked(good))
  for (const claims of [{}, { ...good, jti: 1 }, { ...good, sub: undefined }, { ...good, iat: '1' }]) {
    t.ok(app.tokenEndpoint.isRevoked(claims))
  }
})

t.test('names of object members are not revocations', async (t) => {
  const { app } = await started(t)
  for (const name of ['__proto__', 'constructor', 'toString']) {
    t.notOk(app.tokenEndpoint.isRevoked({ jti: `${name}.${name}`, sub: name, iat: 1 }))
  }
  await app.tokenEndpoint.revokeAll('__proto__')
  t.ok(app.tokenEndpoint.isRevoked({ jti: 'a', sub: '__proto__', iat: 1 }))
  t.notOk(app.tokenEndpoint.isRevoked({ jti: 'a', sub: 'toString', iat: 1 }))
})

t.test(
  'a short outage of the store has no effect, and a longer one is answered 503 until it ends (FAULT-12)',
  async (t) => {
    const { lines, logger } = logged()
    const store = fragileStore()
    const { app, login, revoke } = await started(t, { store, revocations: quick }, { fastify: { logger } })
    const { body } = await login()
    const gone = await login()
    await revoke(gone.body.access_token)
    store.down.add(since)
    await until(() => lines.some((line) => line.includes('does not say what was revoked')))
    await until(() => thrownBy(() => isRevoked(app, body.access_token)) !== undefined)
    like(
      t,
      thrownBy(() => isRevoked(app, body.access_token)),
      unavailable
    )
    t.ok(isRevoked(app, gone.body.access_token), 'a known revocation still applies')
    await until(() => lines.some((line) => line.includes('access tokens are answered with 503')))
    store.down.clear()
    await until(() => thrownBy(() => isRevoked(app, body.access_token)) === undefined)
    const levels = lines.map((line) => JSON.parse(line) as { level: number; msg: string; err?: { cause?: unknown } })
    like(
      t,
      levels.filter(({ msg }) => msg.includes('what was revoked')).map(({ level }) => level),
      [40, 50, 30],
      'one line for each change'
    )
    like(t, await revoke(body.access_token), { status: 200 })
    t.ok(isRevoked(app, body.access_token))
  }
)

t.test('insecureAcceptStale accepts tokens during an outage, and is logged (FAULT-12)', async (t) => {
  const { lines, logger } = logged()
  const store = fragileStore()
  store.down.add(since)
  const revocations = { interval: 10, staleAfter: 20, insecureAcceptStale: true }
  const { app } = await started(t, { store, revocations }, { fastify: { logger } })
  const token = await app.tokenEndpoint.issue({ subject: 'alice', clientId: 'first-party' })
  like(
    t,
    thrownBy(() => isRevoked(app, token)),
    unavailable,
    'no revocation is known yet'
  )
  store.down.clear()
  await until(() => lines.some((line) => line.includes('says again')))
  store.down.add(since)
  await until(() => lines.some((line) => line.includes('honoured all the same')))
  t.notOk(isRevoked(app, token))
})

t.test('a store that is down at the start does not mean that no token is revoked (FAULT-12)', async (t) => {
  const { lines, logger } = logged()
  const store = fragileStore()
  store.down.add(since)
  const { app } = await started(t, { store, revocations: quick }, { fastify: { logger } })
  const token = await app.tokenEndpoint.issue({ subject: 'alice', clientId: 'first-party' })
  like(
    t,
    thrownBy(() => isRevoked(app, token)),
    unavailable
  )
  like(t, lines, [/access tokens are answered with 503/])
  t.equal((await app.inject('/jwks')).statusCode, 200, 'the other endpoints work')
  store.down.clear()
  await until(() => lines.some((line) => line.includes('says again')))
  t.notOk(isRevoked(app, token))
})

t.test('isRevoked() throws 503 before the server is ready', async (t) => {
  const { app } = await server()
  like(
    t,
    thrownBy(() => app.tokenEndpoint.isRevoked({ jti: 'a', sub: 'alice', iat: 1 })),
    unavailable
  )
})

t.test('a sign-in and revokeAll() are refused while the store does not answer (FAULT-12, FAULT-13)', async (t) => {
  const store = fragileStore()
  const { app, login } = await started(t, { store })
  store.down.add(since)
  like(t, await login(), { status: 503, body: { error: 'temporarily_unavailable' }, headers: { 'retry-after': '5' } })
  const failure: unknown = await app.tokenEndpoint.revokeAll('alice').catch((error: unknown) => error)
  like(t, failure, { statusCode: 503 })
})

t.test('concurrent calls of revokeAll() share reads of the store, and continue after a failed read', async (t) => {
  const { refreshTokens, revocations } = memoryStore()
  let waiting: (() => void)[] = []
  let asked = 0
  const feed = {
    ...revocations,
    async since(cursor: string | null) {
      asked++
      if (cursor !== null) await new Promise<void>((resolve) => waiting.push(resolve))
      if (asked === 2) throw new StoreUnavailableError('ECONNREFUSED')
      return revocations.since(cursor)
    }
  }
  const { app } = await started(t, {
    store: { refreshTokens, revocations: feed },
    revocations: { interval: 60_000, staleAfter: 600_000 }
  })
  const subjects = ['ada', 'bea', 'cyd', 'dot']
  const revoked = subjects.map(async (subject) => app.tokenEndpoint.revokeAll(subject))
  const outcome = Promise.allSettled(revoked)
  let done = false
  void outcome.then(() => {
    done = true
  })
  await until(() => {
    for (const resolve of waiting) resolve()
    waiting = []
    return done
  })
  t.same(
    (await outcome).map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled', 'fulfilled']
  )
  t.equal(asked, 3, 'one read at the start, one for the first call, one for all other calls')
})

t.test('a closed server sends no request to the store, and logs nothing (FAULT-23)', async (t) => {
  const { lines, logger } = logged()
  let asked = 0
  let fail = (): void => {}
  const { refreshTokens, revocations } = memoryStore()
  const unanswered = async (): Promise<never> =>
    new Promise((_resolve, reject) => {
      asked++
      fail = () => {
        reject(new Error('closed'))
      }
    })
  const feed = {
    ...revocations,
    since: async (cursor: string | null) => (cursor === null ? revocations.since(cursor) : unanswered())
  }
  const { app } = await server(
    { store: { refreshTokens, revocations: feed }, revocations: quick },
    { fastify: { logger } }
  )
  await app.ready()
  await until(() => asked === 1)
  await app.close()
  fail()
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(asked, 1)
  t.same(
    lines.filter((line) => line.includes('revoked')),
    []
  )
})

t.test('a server that was never ready can be closed', async (t) => {
  const { app } = await server()
  await t.resolves(app.close())
})

t.test('a refused grant reads no revocations', async (t) => {
  const store = fragileStore()
  const refusing: Grant = {
    grantType: 'password',
    async handle() {
      throw new TokenError('invalid_grant', 'No.')
    }
  }
  const { login } = await started(
    t,
    { store, revocations: { interval: 60_000, staleAfter: 600_000 } },
    { grants: [refusing] }
  )
  const before = readings(store)
  like(t, await login(), refused)
  t.equal(readings(store), before)
})
