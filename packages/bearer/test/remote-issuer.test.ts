import { UnavailableError } from '@latchkey/guard'
import { type KeyHint, remoteKeySet, UpstreamError } from '@latchkey/issuer'
import { type CryptoKey, importJWK } from 'jose'
import t from 'tap'
import { like } from '@latchkey/exact'
import { AUDIENCE, issuer, signWith } from './fixtures/issuer.ts'
import { memoryCounts } from './fixtures/memory-counts.ts'
import { remoteIssuer } from './fixtures/remote-issuer.ts'
import { ask, honoured, malformed, notValid, present, serve } from './fixtures/server.ts'

const unavailable = { status: 503, code: 'LATCHKEY_UNAVAILABLE', challenge: undefined }
const NO_KEY = notValid('no key, or more than one key, matches the header')

for (const [form, places] of [
  ['oauth-authorization-server', ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']],
  ['openid-configuration', ['/.well-known/openid-configuration']]
] as const) {
  t.test(`discovers the keys of an issuer that has ${form} at the first token`, async (t) => {
    const remote = await remoteIssuer(t, form)
    const app = await serve(t, { issuers: [{ issuer: remote.name, audience: AUDIENCE }] })
    await app.ready()
    t.same(remote.asked, [])
    t.same(await present(app, await remote.sign()), honoured)
    t.same(await present(app, await remote.sign({ jti: 'second' })), honoured)
    t.same(remote.asked, [...places, '/jwks'])
  })
}

t.test('fetches the keys from the configured URL', async (t) => {
  const remote = await remoteIssuer(t, null)
  const app = await serve(t, { issuers: [{ issuer: remote.name, audience: AUDIENCE, jwksUri: remote.jwksUri }] })
  t.same(await present(app, await remote.sign()), honoured)
  t.same(remote.asked, ['/jwks'])
})

t.test('fetches nothing for a token that is refused without a key (SEC-143)', async (t) => {
  const remote = await remoteIssuer(t)
  const app = await serve(t, { issuers: [{ issuer: remote.name, audience: AUDIENCE }] })
  like(t, await present(app, await remote.sign({ exp: 1 })), { status: 401 })
  like(t, await present(app, await remote.sign({ aud: 'https://other.example.com' })), { status: 401 })
  like(t, await present(app, await remote.sign({ iss: 'https://evil.example' })), { status: 401 })
  t.same(await present(app, 'opaque'), malformed('not a compact JWS in canonical base64url'))
  t.same(remote.asked, [])
})

t.test('starts while an issuer is down, answers 503 to its tokens and serves others (FAULT-1, FAULT-4)', async (t) => {
  const remote = await remoteIssuer(t)
  remote.isDown = true
  const other = await issuer()
  const app = await serve(t, { issuers: [{ issuer: remote.name, audience: AUDIENCE }, other.trusted] })
  const authorization = `Bearer ${await remote.sign()}`
  const response = await app.inject({ url: '/me', headers: { authorization } })
  t.equal(response.statusCode, 503)
  t.match(response.headers['retry-after'], /^[1-9]\d*$/)
  t.equal(response.headers['www-authenticate'], undefined)
  t.notMatch(response.body, remote.name)
  const asked = remote.asked.length
  for (let i = 0; i < 20; i++) like(t, await ask(app, { headers: { authorization } }), unavailable)
  t.equal(remote.asked.length, asked, 'no request is sent before the wait is over')
  like(t, await ask(app, { url: '/open', headers: { authorization } }), unavailable, 'on an open route too')
  t.same(await present(app, await other.sign()), honoured)
})

t.test('follows a rotation at the first token of the new key, and refuses the old key (FAULT-5)', async (t) => {
  const remote = await remoteIssuer(t)
  const next = await issuer('ES256', remote.name)
  const app = await serve(t, { issuers: [{ issuer: remote.name, audience: AUDIENCE }] })
  const old = await remote.sign()
  t.same(await present(app, old), honoured)
  t.same(await present(app, old), honoured)
  remote.keys = [{ ...next.jwk, kid: 'next' }]
  t.same(await present(app, await next.sign({}, { kid: 'next' })), honoured)
  t.same(await present(app, old), NO_KEY, 'remembered without a change')
})

t.test('uses its known keys while the issuer is down, and answers 503 for other keys (FAULT-3)', async (t) => {
  let seconds = 1000
  const remote = await remoteIssuer(t)
  const jwks = remoteKeySet(remote.jwksUri, { clock: () => seconds * 1000, maxStale: 3600 })
  const app = await serve(t, { issuers: [{ issuer: remote.name, audience: AUDIENCE, jwks }] })
  const token = await remote.sign()
  t.same(await present(app, token), honoured)
  remote.isDown = true
  seconds += 1200
  t.same(await present(app, token), honoured)
  t.same(await present(app, await remote.sign({ jti: 'unseen' })), honoured)
  like(t, await present(app, await remote.sign({}, { kid: 'unseen' })), unavailable)
  seconds += 2400
  like(t, await present(app, token), unavailable, 'not longer than the limit')
})

t.test('accepts issuers whose keys have no alg, within the list of algorithms (K10.3, SEC-42)', async (t) => {
  for (const alg of [undefined, null]) {
    const remote = await remoteIssuer(t)
    remote.keys = [{ ...remote.jwk, alg }]
    const entry = { issuer: remote.name, audience: AUDIENCE }
    t.same(await present(await serve(t, { issuers: [entry] }), await remote.sign()), honoured)
    const named = await serve(t, { issuers: [{ ...entry, algorithms: ['ES256'] }] })
    t.same(await present(named, await remote.sign()), honoured)
    const others = await serve(t, { issuers: [{ ...entry, algorithms: ['ES384', 'RS256'] }] })
    t.same(await present(others, await remote.sign()), notValid('alg is not allowed for the issuer'))
  }
})

t.test('accepts a key from any key finder, and accepts only keys from it (SEC-53)', async (t) => {
  const counts = memoryCounts(t)
  const { trusted, jwk, sign, privateKey } = await issuer()
  const key = (await importJWK(jwk, 'ES256')) as CryptoKey // the type of an EC key
  const finders = {
    keys: new Map([['ES256-1', key]]),
    async find({ kid }: { kid?: string | undefined }) {
      return this.keys.get(String(kid)) ?? null
    }
  }
  const app = await serve(t, { issuers: [{ ...trusted, jwks: finders }] })
  const token = await sign()
  t.same(await present(app, token), honoured)
  t.same(await present(app, token), honoured)
  t.same(counts.verified, { hits: 0, misses: 2, size: 0 }, 'the finder cannot tell whether it still has the key')
  t.same(await present(app, await sign({}, { kid: 'other' })), NO_KEY)

  for (const nothing of [undefined, '', 0, false, 'key', Buffer.from('key'), privateKey, {}]) {
    // Only a JavaScript function can return this.
    const finder = { find: () => nothing as never }
    const app = await serve(t, { issuers: [{ ...trusted, jwks: finder }] })
    like(t, await present(app, token), { status: 401 })
  }
})

t.test('answers 503 when the key finder throws any value (SEC-68)', async (t) => {
  const { trusted, sign } = await issuer()
  for (const [error, retryAfter] of [
    [new UpstreamError('LATCHKEY_UPSTREAM_TIMEOUT', { retryAfter: 17 }), '17'],
    [new UnavailableError('canary', { retryAfter: 42 }), '42'],
    [Object.assign(new Error('canary'), { statusCode: 503, retryAfter: 42 }), '42'],
    [{ statusCode: 503, retryAfter: 42 }, '42'],
    [{ statusCode: 503, retryAfter: 'canary' }, '5'],
    [new Error('canary'), '5'],
    [undefined, '5']
  ] as const) {
    const find = (): never => {
      throw error as Error // JavaScript can throw any value
    }
    const app = await serve(t, { issuers: [{ ...trusted, jwks: { find } }] })
    const response = await app.inject({ url: '/me', headers: { authorization: `Bearer ${await sign()}` } })
    t.equal(response.statusCode, 503)
    t.equal(response.headers['retry-after'], retryAfter)
    t.notMatch(response.body, /canary/)
  }
})

for (const [name, atHand] of [
  ['throws', throwing],
  ['returns a promise that rejects', rejecting],
  ['returns a promise of a key', async () => ({})]
] as const) {
  t.test(`remembers no token while atHand ${name}, and still answers (SEC-55, SEC-68)`, async (t) => {
    const counts = memoryCounts(t)
    const { trusted, jwk, sign } = await issuer()
    const key = (await importJWK(jwk, 'ES256')) as CryptoKey // the type of an EC key
    // Only a JavaScript function can return this.
    const finder = { find: () => key, atHand: atHand as () => never }
    const app = await serve(t, { issuers: [{ ...trusted, jwks: finder }] })
    const token = await sign()
    t.same([await present(app, token), await present(app, token)], [honoured, honoured])
    t.same(counts.verified, { hits: 0, misses: 2, size: 0 })
  })
}

function throwing(): never {
  throw new Error('down')
}

function rejecting(): Promise<never> {
  return Promise.reject(new Error('down'))
}

t.test('asks the key source for the key that is at hand, by the header of the token (SEC-51, SEC-55)', async (t) => {
  const counts = memoryCounts(t)
  const { trusted, jwk, sign } = await issuer()
  const key = (await importJWK(jwk, 'ES256')) as CryptoKey // the type of an EC key
  const asked: unknown[] = []
  const finder = {
    find: () => key,
    atHand(hint: KeyHint) {
      asked.push(hint)
      return this.find()
    }
  }
  const app = await serve(t, { issuers: [{ ...trusted, jwks: finder }] })
  const token = await sign()
  for (let i = 0; i < 3; i++) t.same(await present(app, token), honoured)
  like(t, counts.verified, { hits: 1, misses: 2 })
  const hint = { alg: 'ES256', kid: 'ES256-1' }
  t.same(asked, [hint, hint, hint, hint], 'to verify, to verify and to remember, and to recall')
})

t.test('forgets a token whose key has a new kid or whose kid belongs to two keys (SEC-51, SEC-55)', async (t) => {
  const remote = await remoteIssuer(t)
  const other = await issuer('ES256', remote.name)
  let seconds = 1000
  const jwks = remoteKeySet(remote.jwksUri, { clock: () => seconds * 1000 })
  const app = await serve(t, { issuers: [{ issuer: remote.name, audience: AUDIENCE, jwks }] })
  const token = await remote.sign()
  for (const keys of [[{ ...remote.jwk, kid: 'renamed' }], [remote.jwk, other.jwk]]) {
    remote.keys = [remote.jwk]
    seconds += 31
    await present(app, await remote.sign({}, { kid: 'unknown' }))
    t.same([await present(app, token), await present(app, token)], [honoured, honoured])
    remote.keys = keys
    seconds += 31
    t.same(await present(app, await remote.sign({}, { kid: 'unknown' })), NO_KEY, 'causes another fetch of the keys')
    t.same(await present(app, token), NO_KEY)
  }
})

t.test('refuses a token of another signer with the kid of a published key', async (t) => {
  const remote = await remoteIssuer(t)
  const stranger = await issuer('ES256', remote.name)
  const app = await serve(t, { issuers: [{ issuer: remote.name, audience: AUDIENCE }] })
  like(t, await present(app, await stranger.sign()), { status: 401 })
  const claims = Buffer.from(JSON.stringify({ iss: remote.name }))
  const header = { alg: 'ES256', typ: 'at+jwt', jku: `${remote.name}/jwks`, jwk: stranger.jwk }
  like(t, await present(app, await signWith(stranger.privateKey, claims, header)), { status: 401 })
})
