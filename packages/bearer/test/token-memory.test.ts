import { UnavailableError } from '@latchkey/guard'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { issuer, NOW } from './fixtures/issuer.ts'
import { memoryCounts } from './fixtures/memory-counts.ts'
import { ask, expired, honoured, notValid, present, serve } from './fixtures/server.ts'

/** Presents a token as often as needed until it is remembered. */
async function comesAgain(t: Test, app: FastifyInstance, token: string): Promise<void> {
  for (let i = 0; i < 2; i++) t.same(await present(app, token), honoured)
}

t.test('remembers a repeated token and counts its uses', async (t) => {
  const counts = memoryCounts(t)
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const token = await sign()
  t.same(counts.verified, { hits: 0, misses: 0, size: 0 })
  t.same(await present(app, token), honoured)
  t.same(counts.verified, { hits: 0, misses: 1, size: 0 }, 'a token that is used once is not remembered')
  for (let i = 0; i < 3; i++) t.same(await present(app, token), honoured)
  t.same(counts.verified, { hits: 2, misses: 2, size: 1 })
  const old = await sign({ exp: 1 })
  for (let i = 0; i < 3; i++) like(t, await present(app, old), { status: 401 })
  t.same(counts.verified, { hits: 2, misses: 5, size: 1 }, 'an invalid token is not remembered')
  like(t, await ask(app, { headers: { authorization: 'Basic YTpi' } }), { status: 401 })
  t.same(counts.verified, { hits: 2, misses: 5, size: 1 }, 'a credential that is not a bearer token does not count')
})

t.test('remembers nothing when the memory is off', async (t) => {
  const counts = memoryCounts(t)
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted], remember: false })
  const token = await sign()
  for (let i = 0; i < 3; i++) t.same(await present(app, token), honoured)
  t.same(counts.verified, { hits: 0, misses: 3, size: 0 })
})

t.test('distinguishes tokens that differ only in their subject (SEC-55)', async (t) => {
  const counts = memoryCounts(t)
  const { trusted, sign } = await issuer('EdDSA')
  const app = await serve(t, { issuers: [trusted] })
  const tokens = await Promise.all(['ada', 'bob', 'ada'].map((sub, jti) => sign({ sub, jti: `${jti}` })))
  for (const round of [1, 2, 3]) {
    for (const [at, token] of tokens.entries()) {
      const response = await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })
      const { subject, claims } = response.json<{ subject: string; claims: { jti: string } }>()
      t.same([subject, claims.jti], [['ada', 'bob', 'ada'][at], `${at}`], `round ${round}`)
    }
  }
  like(t, counts.verified, { hits: 3, misses: 6 })
})

t.test('distinguishes tokens with the same end of the signature (SEC-49, SEC-55)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const good = await sign()
  const [header, , signature] = good.split('.')
  await comesAgain(t, app, good)
  const other = (await sign({ sub: 'eve', scope: 'admin' })).split('.')[1]
  const forged = notValid('the signature is wrong')
  t.same(await present(app, `${header}.${other}.${signature}`), forged)
  for (const authorization of [
    `Bearer ${signature}`,
    `Bearer .${signature}`,
    `Bearer x.${signature}`,
    `${signature}`
  ]) {
    like(t, await ask(app, { headers: { authorization } }), { status: 401 }, 'the rest of the token is wrong')
  }
  t.same(await present(app, good), honoured)
  like(t, await ask(app, { headers: { authorization: `Basic ${good}` } }), { status: 401 }, 'another scheme')
})

t.test('accepts a remembered token no longer than a new one (SEC-47, SEC-55)', async (t) => {
  let now = NOW
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted], clockTolerance: 10, maxTokenAge: 200, now: () => now * 1000 })
  const byExpiry = await sign({ exp: NOW + 100 })
  const byAge = await sign({ iat: NOW, exp: NOW + 3600 })
  now = NOW
  for (const token of [byExpiry, byAge]) await comesAgain(t, app, token)
  now = NOW + 109
  for (const token of [byExpiry, byAge]) t.same(await present(app, token), honoured)
  now = NOW + 110
  t.same(await present(app, byExpiry), expired('exp has passed'))
  now = NOW + 209
  t.same(await present(app, byAge), honoured)
  now = NOW + 210
  t.same(await present(app, byAge), expired('older than maxTokenAge'))
})

t.test('accepts a remembered token no earlier than a new one when the clock is set back (FAULT-9)', async (t) => {
  let now = NOW
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted], clockTolerance: 10, now: () => now * 1000 })
  const token = await sign({ nbf: NOW - 20, iat: NOW - 60 })
  await comesAgain(t, app, token)
  now = NOW - 30
  t.same(await present(app, token), honoured)
  now = NOW - 31
  t.same(await present(app, token), notValid('nbf is in the future'))
})

t.test('checks the revocation of a remembered token on each request (SEC-55)', async (t) => {
  const counts = memoryCounts(t)
  const { trusted, sign } = await issuer()
  let answer: () => boolean = () => false
  const app = await serve(t, { issuers: [{ ...trusted, isRevoked: () => answer() }] })
  const token = await sign()
  await comesAgain(t, app, token)
  answer = () => true
  t.same(await present(app, token), notValid('the token is revoked'))
  answer = () => {
    throw new UnavailableError('The list cannot be read')
  }
  like(t, await present(app, token), { status: 503, code: 'LATCHKEY_UNAVAILABLE' })
  answer = () => false
  t.same(await present(app, token), honoured)
  t.same(counts.verified, { hits: 3, misses: 2, size: 1 })
})

t.test('forgets the tokens of a key as soon as the issuer withdraws it (SEC-55, FAULT-5)', async (t) => {
  const counts = memoryCounts(t)
  const { trusted, jwk, sign } = await issuer()
  let supply: () => unknown = () => set
  const set = { keys: [jwk] }
  // Only a JavaScript function can return this.
  const app = await serve(t, { issuers: [{ ...trusted, jwks: () => supply() as typeof set }] })
  const token = await sign()
  await comesAgain(t, app, token)
  t.same(await present(app, token), honoured)
  like(t, counts.verified, { hits: 1, misses: 2 })
  supply = () => ({ keys: [] })
  t.same(await present(app, token), notValid('no key, or more than one key, matches the header'))
  for (const failing of [throwing, rejecting]) {
    supply = () => set
    t.same(await present(app, token), honoured)
    supply = failing
    like(t, await present(app, token), { status: 503 })
  }
  supply = () => set
  t.same([await present(app, token), await present(app, token)], [honoured, honoured])
})

function throwing(): never {
  throw new Error('down')
}

function rejecting(): Promise<never> {
  return Promise.reject(new Error('down'))
}

t.test('verifies a token on each request when keys come from a promise', async (t) => {
  const counts = memoryCounts(t)
  const { trusted, jwk, sign } = await issuer()
  const set = { keys: [jwk] }
  const app = await serve(t, { issuers: [{ ...trusted, jwks: async () => set }] })
  const token = await sign()
  for (let i = 0; i < 3; i++) t.same(await present(app, token), honoured)
  like(t, counts.verified, { hits: 0, misses: 3 })
})

t.test('remembers only the configured number of most recently used tokens (SEC-55, FAULT-33)', async (t) => {
  const counts = memoryCounts(t)
  const { trusted, sign } = await issuer('EdDSA')
  const app = await serve(t, { issuers: [trusted], remember: 3 })
  const [first, ...others] = await Promise.all(Array.from({ length: 4 }, (_, jti) => sign({ jti: `${jti}` })))
  for (const token of [first, ...others.slice(0, 2)]) await comesAgain(t, app, `${token}`)
  t.same(counts.verified, { hits: 0, misses: 6, size: 3 })
  t.same(await present(app, `${first}`), honoured)
  await comesAgain(t, app, `${others[2]}`)
  t.same(counts.verified, { hits: 1, misses: 8, size: 3 })
  t.same(await present(app, `${first}`), honoured)
  t.same(counts.verified, { hits: 2, misses: 8, size: 3 })
  t.same(await present(app, `${others[0]}`), honoured)
  t.same(counts.verified, { hits: 2, misses: 9, size: 3 })
})

t.test('limits the total length of tokens, so that fewer long tokens fit (SEC-55, FAULT-33)', async (t) => {
  const counts = memoryCounts(t)
  const { trusted, sign } = await issuer('EdDSA')
  const app = await serve(t, { issuers: [trusted], remember: 8 })
  const long = await Promise.all(
    Array.from({ length: 8 }, (_, jti) => sign({ jti: `${jti}`, roles: 'r'.repeat(4000) }))
  )
  for (const token of long) await comesAgain(t, app, token)
  t.same(counts.verified, { hits: 0, misses: 16, size: 2 })
})
