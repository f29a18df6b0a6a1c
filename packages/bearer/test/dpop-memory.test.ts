import t from 'tap'
import { like } from '@latchkey/exact'
import { bound, client, proofRefused, show, tokenRefused } from './fixtures/dpop.ts'
import { issuer, NOW } from './fixtures/issuer.ts'
import { memoryCounts } from './fixtures/memory-counts.ts'
import { ask, honoured, notValid, present } from './fixtures/server.ts'

t.test('remembers a repeated bound token and checks the proof on each request (SEC-76)', async (t) => {
  const counts = memoryCounts(t)
  const { app, token, prove, jwk } = await bound(t)
  for (let i = 0; i < 3; i++) t.same(await show(app, token, await prove(token)), honoured)
  t.same(counts.verified, { hits: 1, misses: 2, size: 1 })
  t.same(await show(app, token, undefined), proofRefused('undefined', 'The DPoP proof is missing'))
  t.same(
    await show(app, token, await prove(token, { htm: 'POST' })),
    proofRefused('htm is not the method of the request')
  )
  t.same(await show(app, token, await prove(token, { iat: NOW - 90 })), proofRefused('iat is too old'))
  const thief = await client()
  const forged = proofRefused('the signature is wrong')
  t.same(await show(app, token, await thief.prove(token, {}, { jwk })), forged)
  const reason = 'the token is bound to a different key from that of the proof'
  t.same(await show(app, token, await thief.prove(token)), tokenRefused(reason))
  const used = await prove(token)
  t.same(await show(app, token, used), honoured)
  t.same(await show(app, token, used), proofRefused('the proof was used before'))
})

t.test('does not accept a remembered bound token as a bearer token (SEC-77)', async (t) => {
  const counts = memoryCounts(t)
  const { app, token, prove } = await bound(t, { dpop: 'allowed' })
  for (let i = 0; i < 2; i++) t.same(await show(app, token, await prove(token)), honoured)
  t.equal(counts.verified.size, 1)
  for (let i = 0; i < 2; i++) {
    t.same(await present(app, token), notValid('the token is bound to a key (cnf) and is not a bearer token'))
  }
  for (const authorization of [token, ` ${token}`, `Basic ${token}`, `x ${token}`]) {
    like(t, await ask(app, { headers: { authorization } }), { status: 401 }, authorization.slice(0, 9))
  }
  t.same(await show(app, token, undefined), proofRefused('undefined', 'The DPoP proof is missing'))
})

t.test('does not accept a remembered bearer token as a bound token (SEC-76)', async (t) => {
  const counts = memoryCounts(t)
  const { app, sign, prove } = await bound(t, { dpop: 'allowed' })
  const plain = await sign()
  for (let i = 0; i < 2; i++) t.same(await present(app, plain), honoured)
  t.equal(counts.verified.size, 1)
  for (let i = 0; i < 2; i++) {
    t.same(await show(app, plain, await prove(plain)), tokenRefused('the token is not bound to a key (cnf)'))
  }
  t.same(await present(app, plain), honoured)
})

t.test('checks the revocation of a bound token on each request, before it uses up the proof (SEC-76)', async (t) => {
  let isRevoked = false
  const { trusted, sign } = await issuer()
  const { jkt, prove } = await client()
  const { app } = await bound(t, { issuers: [{ ...trusted, dpop: 'required', isRevoked: () => isRevoked }] })
  const token = await sign({ cnf: { jkt } })
  t.same(await show(app, token, await prove(token)), honoured)
  const proof = await prove(token)
  isRevoked = true
  t.same(await show(app, token, proof), tokenRefused('the token is revoked'))
  isRevoked = false
  t.same(await show(app, token, proof), honoured)
})
