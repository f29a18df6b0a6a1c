import { UnavailableError } from '@latchkey/guard'
import t from 'tap'
import { like } from '@latchkey/exact'
import { issuer, NOW } from './fixtures/issuer.ts'
import { expired, honoured, malformed, notValid, present, serve } from './fixtures/server.ts'

t.test('does not require a kid when only one key fits (SEC-51)', async (t) => {
  const es256 = await issuer()
  const rs256 = await issuer('RS256')
  const jwks = { keys: [es256.jwk, rs256.jwk] }
  const app = await serve(t, { issuers: [{ ...es256.trusted, jwks }] })
  t.same(await present(app, await es256.sign({}, { kid: undefined })), honoured)
  t.same(await present(app, await rs256.sign({}, { kid: undefined })), honoured)
})

t.test('refuses a token without kid when several keys fit (SEC-51)', async (t) => {
  const first = await issuer()
  const second = await issuer()
  const jwks = { keys: [first.jwk, { ...second.jwk, kid: 'second' }] }
  const app = await serve(t, { issuers: [{ ...first.trusted, jwks }] })
  t.same(await present(app, await first.sign()), honoured)
  t.same(await present(app, await second.sign({}, { kid: 'second' })), honoured)
  t.same(
    await present(app, await first.sign({}, { kid: undefined })),
    notValid('no key, or more than one key, matches the header')
  )
})

t.test('refuses a kid that two keys share (SEC-51)', async (t) => {
  const first = await issuer()
  const second = await issuer()
  const app = await serve(t, { issuers: [{ ...first.trusted, jwks: { keys: [first.jwk, second.jwk] } }] })
  t.same(await present(app, await first.sign()), notValid('no key, or more than one key, matches the header'))
})

t.test('distinguishes keys of two kinds with the same kid (SEC-51)', async (t) => {
  const es256 = await issuer()
  const rs256 = await issuer('RS256')
  const keys = [es256.jwk, rs256.jwk].map((jwk) => ({ ...jwk, kid: 'shared' }))
  const app = await serve(t, { issuers: [{ ...es256.trusted, jwks: { keys } }] })
  t.same(await present(app, await es256.sign({}, { kid: 'shared' })), honoured)
  t.same(await present(app, await rs256.sign({}, { kid: 'shared' })), honoured)
})

t.test('finds no key for a kid among keys without a kid (SEC-51)', async (t) => {
  const { trusted, jwk, sign } = await issuer()
  const app = await serve(t, { issuers: [{ ...trusted, jwks: { keys: [{ ...jwk, kid: undefined }] } }] })
  t.same(await present(app, await sign({}, { kid: undefined })), honoured)
  t.same(await present(app, await sign()), notValid('no key, or more than one key, matches the header'))
})

t.test('imports the keys of a function again after the import has failed', async (t) => {
  const { trusted, jwk, sign } = await issuer()
  let isBroken = true
  const key = {
    ...jwk,
    get kty() {
      if (isBroken) throw new Error('not yet')
      return jwk.kty
    }
  }
  const set = { keys: [key] }
  const app = await serve(t, { issuers: [{ ...trusted, jwks: () => set }] })
  t.equal((await present(app, await sign())).status, 503)
  isBroken = false
  t.same(await present(app, await sign()), honoured)
})

for (const [name, answer] of Object.entries<unknown>({
  undefined,
  null: null,
  'the empty string': '',
  'a string': 'keys',
  'an empty object': {},
  'a list of keys': [],
  'keys that are not a list': { keys: {} },
  'a promise of undefined': Promise.resolve(undefined)
})) {
  // For example an empty cache: the token is then neither valid nor invalid.
  t.test(`accepts no token and answers 503 while jwks returns ${name} (SEC-53)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [{ ...trusted, jwks: () => answer as never }] })
    t.same(await present(app, await sign()), {
      status: 503,
      code: 'LATCHKEY_UNAVAILABLE',
      challenge: undefined,
      reason: 'jwks returned no JSON Web Key Set'
    })
  })
}

t.test('refuses every token while jwks returns an empty key set (SEC-53)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [{ ...trusted, jwks: async () => ({ keys: [] }) }] })
  t.same(await present(app, await sign()), notValid('no key, or more than one key, matches the header'))
})

t.test('answers 503 with Retry-After while jwks throws, and 401 to a token that needs no key (SEC-53)', async (t) => {
  const { trusted, sign } = await issuer()
  const failures = [
    () => {
      throw new Error('canary')
    },
    () => Promise.reject(new UnavailableError('canary'))
  ]
  for (const jwks of failures) {
    const app = await serve(t, { issuers: [{ ...trusted, jwks }] })
    const headers = { authorization: `Bearer ${await sign()}` }
    const response = await app.inject({ url: '/me', headers })
    t.equal(response.statusCode, 503)
    t.equal(response.headers['retry-after'], '5')
    t.equal(response.headers['www-authenticate'], undefined)
    t.equal(response.json().code, 'LATCHKEY_UNAVAILABLE')
    t.notMatch(response.body, /canary/)
    t.match(response.headers['x-reason'], /canary/)
    t.same(await present(app, await sign({ exp: NOW - 31 })), expired('exp has passed'))
    t.same(await present(app, 'opaque'), malformed('not a compact JWS in canonical base64url'))
  }
})

t.test('sends the Retry-After of the error that jwks throws (SEC-68)', async (t) => {
  const { trusted, sign } = await issuer()
  const jwks = (): never => {
    throw new UnavailableError('canary', { retryAfter: 42 })
  }
  const app = await serve(t, { issuers: [{ ...trusted, jwks }] })
  const response = await app.inject({ url: '/me', headers: { authorization: `Bearer ${await sign()}` } })
  t.equal(response.statusCode, 503)
  t.equal(response.headers['retry-after'], '42')
  t.notMatch(response.body, /canary/)
})

t.test('imports a key set once, and imports the set that replaces it', async (t) => {
  const first = await issuer()
  const second = await issuer()
  let imports = 0
  const counted = {
    ...first.jwk,
    get x() {
      imports++
      return first.jwk.x
    }
  }
  let jwks = { keys: [counted as object] }
  const app = await serve(t, { issuers: [{ ...first.trusted, jwks: () => jwks }] })
  const token = await first.sign()
  t.same(await Promise.all([present(app, token), present(app, token)]), [honoured, honoured])
  t.same(await present(app, token), honoured)
  t.equal(imports, 1)
  jwks = { keys: [second.jwk] }
  like(t, await present(app, token), { status: 401 }, 'a removed key stops working at once')
  t.same(await present(app, await second.sign()), honoured)
})

t.test('calls jwks as a method of its issuer and ignores other members', async (t) => {
  const { trusted, sign, jwk } = await issuer()
  const endpoint = {
    issuer: trusted.issuer,
    audience: trusted.audience,
    algorithms: ['ES256'],
    keySet: { keys: [jwk] },
    jwks() {
      return this.keySet
    },
    addGrant: () => undefined,
    issue: async () => 'token'
  }
  const app = await serve(t, { issuers: [endpoint] })
  t.same(await present(app, await sign()), honoured)
})
