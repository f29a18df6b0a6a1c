import { randomBytes } from 'node:crypto'
import t from 'tap'
import { like } from '@latchkey/exact'
import { ALGS, bound, proofRefused, show } from './fixtures/dpop.ts'
import { NOW } from './fixtures/issuer.ts'
import { honoured } from './fixtures/server.ts'

const secret = (): string => randomBytes(32).toString('base64url')

const WANTED = {
  status: 401,
  code: 'LATCHKEY_INVALID_DPOP_PROOF',
  challenge: `DPoP error="use_dpop_nonce", error_description="The DPoP proof needs a fresh nonce", algs="${ALGS}"`
}

type Served = Awaited<ReturnType<typeof bound>>

/** Returns the nonce that a server sends for a proof without one. */
async function nonceOf({ app, token, prove }: Served): Promise<string> {
  const headers = { authorization: `DPoP ${token}`, dpop: await prove(token) }
  return String((await app.inject({ url: '/me', headers })).headers['dpop-nonce'])
}

/** A server with a clock that the test can set. */
async function served(t: Parameters<typeof bound>[0], nonceSecrets: readonly string[], clock = { now: NOW }) {
  const server = await bound(t, { nonceSecrets, now: () => clock.now * 1000 })
  return { ...server, clock }
}

t.test('asks for a nonce and returns one that the next proof can contain (SEC-76)', async (t) => {
  const server = await served(t, [secret()])
  const { app, token, prove } = server
  t.same(await show(app, token, await prove(token)), { ...WANTED, reason: 'nonce is missing' })
  const nonce = await nonceOf(server)
  t.match(nonce, /^[\x21\x23-\x5B\x5D-\x7E]+$/)
  t.equal(await nonceOf(server), nonce, 'the same within a second')
  t.same(await show(app, token, await prove(token, { nonce })), honoured)
  t.same(await show(app, token, await prove(token, { nonce })), honoured, 'several proofs can contain it')
})

t.test('accepts a nonce for five minutes and then returns another one (SEC-76)', async (t) => {
  const server = await served(t, [secret()])
  const { app, token, prove, clock } = server
  const nonce = await nonceOf(server)
  clock.now = NOW + 299
  t.same(await show(app, token, await prove(token, { nonce, iat: clock.now })), honoured)
  clock.now = NOW + 300
  const old = { ...WANTED, reason: 'nonce is too old or from another server' }
  t.same(await show(app, token, await prove(token, { nonce, iat: clock.now })), old)
  const fresh = await nonceOf({ ...server, prove: (of) => prove(of, { nonce, iat: clock.now }) })
  t.same(await show(app, token, await prove(token, { nonce: fresh, iat: clock.now })), honoured)
})

t.test('requires a recent proof in addition to the nonce (SEC-76)', async (t) => {
  const server = await served(t, [secret()])
  const { app, token, prove, clock } = server
  const nonce = await nonceOf(server)
  clock.now = NOW + 200
  t.same(await show(app, token, await prove(token, { nonce })), proofRefused('iat is too old'))
})

t.test('refuses a nonce that it did not create (SEC-76)', async (t) => {
  const server = await served(t, [secret()])
  const { app, token, prove } = server
  const nonce = await nonceOf(server)
  const stranger = await nonceOf(await served(t, [secret()]))
  // Not the last character, which has four unused bits.
  const altered = nonce.slice(0, -2) + (nonce.at(-2) === 'A' ? 'B' : 'A') + nonce.slice(-1)
  for (const other of [stranger, altered, `${nonce}A`, nonce.slice(1), String(NOW), '....', 'x'.repeat(257)]) {
    const answer = await show(app, token, await prove(token, { nonce: other }))
    t.same(answer, { ...WANTED, reason: 'nonce is too old or from another server' }, other.slice(0, 40))
  }
})

t.test(
  'accepts nonces of processes with the same secret whose clocks differ within the tolerance (SEC-76)',
  async (t) => {
    const shared = secret()
    const clock = { now: NOW }
    const [one, other] = [await served(t, [shared]), await served(t, [shared], clock)]
    const nonce = await nonceOf(one)
    clock.now = NOW - 30
    t.same(await show(other.app, other.token, await other.prove(other.token, { nonce, iat: clock.now })), honoured)
    clock.now = NOW - 31
    like(t, await show(other.app, other.token, await other.prove(other.token, { nonce, iat: clock.now })), WANTED)
  }
)

t.test('accepts nonces of an older secret during a rotation (SEC-76)', async (t) => {
  const [older, newer] = [secret(), secret()]
  const before = await served(t, [older])
  const after = await served(t, [newer, older])
  const end = await served(t, [newer])
  const [old, fresh] = [await nonceOf(before), await nonceOf(after)]
  const with_ = async ({ app, token, prove }: Served, nonce: string): Promise<number> =>
    (await show(app, token, await prove(token, { nonce }))).status
  t.equal(await with_(after, old), 200)
  t.equal(await with_(end, fresh), 200)
  t.equal(await with_(end, old), 401)
})
