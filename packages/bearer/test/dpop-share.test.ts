import type { DpopReplayStore } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { stoppedClock } from './fixtures/clock.ts'
import { type Bound, bound, client, type TestClient } from './fixtures/dpop.ts'
import { NOW } from './fixtures/issuer.ts'

/** A client with a token that is bound to its key. */
interface Holder extends TestClient {
  readonly token: string
}

t.test('answers 429 to a key that fills its share of a bounded store, and to no other key (K8.2)', async (t) => {
  const { dpopReplay: replay } = memoryStore({ now: () => NOW * 1000, maxEntries: 100 })
  const { greedy, other, app } = await twoHolders(t, { replay })
  for (let i = 0; i < 10; i++) t.same(await use(app, greedy), [200, undefined, undefined])
  for (let i = 0; i < 10; i++) t.same(await use(app, greedy), [429, '150', undefined])
  t.equal(replay.room?.(), 90)
  for (let i = 0; i < 9; i++) t.same(await use(app, other), [200, undefined, undefined])
  const response = await app.inject({ url: '/me', headers: await headersOf(greedy) })
  t.same(response.json(), {
    statusCode: 429,
    code: 'LATCHKEY_TOO_MANY_REQUESTS',
    error: 'Too Many Requests',
    message: 'The key of the DPoP proof was used too often'
  })
})

t.test('keeps room for another key when many keys fill their shares (K8.2)', async (t) => {
  const { dpopReplay: replay } = memoryStore({ now: () => NOW * 1000, maxEntries: 60 })
  const { app, sign } = await bound(t, { replay })
  for (let i = 0; i < 12; i++) {
    const holder = await holderOf(sign)
    t.same(await use(app, holder), [200, undefined, undefined])
    while ((await use(app, holder))[0] === 200);
  }
  t.ok(Number(replay.room?.()) > 0)
})

t.test('limits each key to maxPerKey proofs in any store, and starts a new count later (K8.2)', async (t) => {
  const { now, pass } = stoppedClock()
  let asked = 0
  const replay: DpopReplayStore = {
    async remember() {
      asked++
      return true
    },
    async forget() {}
  }
  const { greedy, other, app } = await twoHolders(t, { replay, maxPerKey: 3, maxAge: 10, now })
  for (let i = 0; i < 3; i++) t.same(await use(app, greedy), [200, undefined, undefined])
  t.same(await use(app, greedy), [429, '100', undefined])
  t.equal(asked, 3, 'before the store is called')
  t.same(await use(app, other), [200, undefined, undefined])
  pass(99)
  t.same(await use(app, greedy, NOW + 99), [429, '1', undefined])
  pass(1)
  t.same(await use(app, greedy, NOW + 100), [200, undefined, undefined])
  pass(-3600)
  t.same(await use(app, greedy, NOW - 3500), [401, undefined, true], 'the token is not valid yet')
})

t.test('does not count replayed proofs, or proofs that the store could not keep, against a key (K8.2)', async (t) => {
  let isDown = false
  const { dpopReplay } = memoryStore({ now: () => NOW * 1000 })
  const replay: DpopReplayStore = {
    async remember(key, expiresAt) {
      if (isDown) throw Object.assign(new Error('down'), { statusCode: 503 })
      return dpopReplay.remember(key, expiresAt)
    },
    async forget() {}
  }
  const { greedy, app } = await twoHolders(t, { replay, maxPerKey: 2 })
  const stolen = await headersOf(greedy)
  t.equal((await app.inject({ url: '/me', headers: stolen })).statusCode, 200)
  for (let i = 0; i < 10; i++) t.equal((await app.inject({ url: '/me', headers: stolen })).statusCode, 401)
  isDown = true
  for (let i = 0; i < 10; i++) t.equal((await use(app, greedy))[0], 503)
  isDown = false
  t.equal((await use(app, greedy))[0], 200)
  t.equal((await use(app, greedy))[0], 429)
})

t.test('does not count proofs against a key that did not sign them (K8.2)', async (t) => {
  const { greedy, other, app } = await twoHolders(t, { maxPerKey: 1 })
  for (let i = 0; i < 5; i++) {
    const dpop = await other.prove(greedy.token, {}, { jwk: greedy.jwk })
    const headers = { authorization: `DPoP ${greedy.token}`, dpop }
    t.equal((await app.inject({ url: '/me', headers })).statusCode, 401)
  }
  t.equal((await use(app, greedy))[0], 200)
})

t.test('returns one nonce for all requests of a second, and another one afterwards (K8.2)', async (t) => {
  const { now, pass } = stoppedClock()
  const secret = 'c'.repeat(32) + 'A1b2C3d4E5f'
  const { app, token, prove } = await bound(t, { nonceSecrets: [secret], now })
  const ask = async (): Promise<unknown> => {
    const headers = { authorization: `DPoP ${token}`, dpop: await prove(token) }
    return (await app.inject({ url: '/me', headers })).headers['dpop-nonce']
  }
  const first = await ask()
  t.equal(await ask(), first)
  for (let i = 0; i < 3; i++) {
    const headers = { authorization: `DPoP ${token}`, dpop: await prove(token, { nonce: first }) }
    t.equal((await app.inject({ url: '/me', headers })).statusCode, 200)
  }
  pass(1)
  t.not(await ask(), first)
  pass(299)
  const headers = { authorization: `DPoP ${token}`, dpop: await prove(token, { nonce: first, iat: NOW + 300 }) }
  t.equal((await app.inject({ url: '/me', headers })).statusCode, 401, 'it is remembered only while it is valid')
})

async function twoHolders(
  t: Test,
  options: Parameters<typeof bound>[1]
): Promise<{ app: FastifyInstance; greedy: Holder; other: Holder }> {
  const { app, sign } = await bound(t, options)
  return { app, greedy: await holderOf(sign), other: await holderOf(sign) }
}

async function holderOf(sign: Bound['sign']): Promise<Holder> {
  const holder = await client()
  return { ...holder, token: await sign({ cnf: { jkt: holder.jkt } }) }
}

async function headersOf({ token, prove }: Holder, iat = NOW): Promise<{ authorization: string; dpop: string }> {
  return { authorization: `DPoP ${token}`, dpop: await prove(token, { iat }) }
}

/** Uses a token with a new proof. Returns the status, `Retry-After`, and whether there was a challenge. */
async function use(app: FastifyInstance, holder: Holder, iat = NOW): Promise<unknown[]> {
  const { statusCode, headers } = await app.inject({ url: '/me', headers: await headersOf(holder, iat) })
  return [statusCode, headers['retry-after'], headers['www-authenticate'] === undefined ? undefined : true]
}
