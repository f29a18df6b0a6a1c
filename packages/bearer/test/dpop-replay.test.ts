import type { DpopReplayStore } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import t from 'tap'
import { like } from '@latchkey/exact'
import { bound, client, ORIGIN, proofRefused, show } from './fixtures/dpop.ts'
import { issuer, NOW } from './fixtures/issuer.ts'
import { honoured, serve } from './fixtures/server.ts'

const USED = proofRefused('the proof was used before')

t.test('accepts a proof once (SEC-76, RFC 9700 §4.10.1)', async (t) => {
  const { app, token, prove } = await bound(t)
  const proof = await prove(token)
  t.same(await show(app, token, proof), honoured)
  t.same(await show(app, token, proof), USED)
  t.same(await show(app, token, await prove(token)), honoured, 'the next proof is accepted')
})

t.test('recognizes a used proof by its jti, with another signature and for another request (SEC-76)', async (t) => {
  const { app, token, prove } = await bound(t)
  t.same(await show(app, token, await prove(token, { jti: 'one' })), honoured)
  t.same(await show(app, token, await prove(token, { jti: 'one', iat: NOW + 1 })), USED, 'signed again')
  const other = await prove(token, { jti: 'one', htm: 'POST' })
  t.same(await show(app, token, other, { method: 'POST' }), USED, 'for another method')
})

t.test('distinguishes proofs of two clients (SEC-76)', async (t) => {
  const { app, token, prove, sign } = await bound(t)
  const other = await client()
  const theirs = await sign({ cnf: { jkt: other.jkt } })
  t.same(await show(app, token, await prove(token, { jti: 'one' })), honoured)
  t.same(await show(app, theirs, await other.prove(theirs, { jti: 'one' })), honoured)
})

t.test('accepts one of many concurrent copies of a proof (SEC-76)', async (t) => {
  const { app, token, prove } = await bound(t)
  const proof = await prove(token)
  const answers = await Promise.all(Array.from({ length: 20 }, async () => show(app, token, proof)))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.equal(answers.filter(({ status }) => status === 401).length, 19)
})

t.test('accepts a proof at only one of two servers with a shared store (SEC-76)', async (t) => {
  const { trusted, sign } = await issuer()
  const { dpopReplay: replay } = memoryStore({ now: () => NOW * 1000 })
  const options = { issuers: [{ ...trusted, dpop: 'required' as const }], dpop: { origin: ORIGIN, replay } }
  const [one, other] = [await serve(t, options), await serve(t, options)]
  const { jkt, prove } = await client()
  const token = await sign({ cnf: { jkt } })
  const proof = await prove(token)
  t.same(await show(one, token, proof), honoured)
  t.same(await show(other, token, proof), USED)
})

t.test('stores a hash for longer than any process accepts the proof (SEC-76)', async (t) => {
  const remembered: unknown[] = []
  const replay: DpopReplayStore = {
    async remember(...entry) {
      remembered.push(entry)
      return true
    },
    async forget() {}
  }
  const { app, token, prove } = await bound(t, { replay, maxAge: 10 })
  const proof = await prove(token, { jti: 'canary', iat: NOW - 5 })
  t.same(await show(app, token, proof), honoured)
  like(t, remembered, [[/^[A-Za-z0-9_-]{43}$/, NOW - 5 + 10 + 30 + 30]])
})

t.test('does not store a proof that is invalid or comes with an invalid token (SEC-76)', async (t) => {
  const remembered: string[] = []
  const replay: DpopReplayStore = {
    async remember(key) {
      remembered.push(key)
      return true
    },
    async forget() {}
  }
  const { app, token, prove, sign, jwk, jkt } = await bound(t, { replay })
  const stranger = await client()
  const expired = await sign({ cnf: { jkt }, exp: NOW - 3600 })
  for (const [of, proof] of [
    [token, await stranger.prove(token)],
    [token, await stranger.prove(token, {}, { jwk })],
    [token, await prove(token, { htm: 'POST' })],
    [expired, await prove(expired)]
  ] as const) {
    like(t, await show(app, of, proof), { status: 401 })
  }
  t.same(remembered, [])
})

t.test('answers 503 when the store cannot tell whether a proof was used (SEC-76)', async (t) => {
  const { app, token, prove, sign } = await bound(t, {
    replay: memoryStore({ now: () => NOW * 1000, maxEntries: 1 }).dpopReplay
  })
  t.same(await show(app, token, await prove(token)), honoured)
  const other = await client()
  const theirs = await sign({ cnf: { jkt: other.jkt } })
  const headers = { authorization: `DPoP ${theirs}`, dpop: await other.prove(theirs) }
  const response = await app.inject({ url: '/me', headers })
  t.equal(response.statusCode, 503)
  t.equal(response.headers['retry-after'], '60')
  t.equal(response.headers['www-authenticate'], undefined)
})

t.test('treats a proof as new only when the store answers true (SEC-76)', async (t) => {
  // Only JavaScript can pass this.
  const replay = { remember: async () => undefined } as unknown as DpopReplayStore
  const { app, token, prove } = await bound(t, { replay })
  t.same(await show(app, token, await prove(token)), USED)
})
