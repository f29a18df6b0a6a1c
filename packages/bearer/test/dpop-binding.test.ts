import bearer, { type DpopMode } from '@latchkey/bearer'
import guard from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { ALGS, bound, client, ORIGIN, show, tokenRefused } from './fixtures/dpop.ts'
import { ISSUER, issuer } from './fixtures/issuer.ts'
import { ask, honoured, notValid, present, serve, unauthenticated } from './fixtures/server.ts'

const BOUND = 'the token is bound to a key (cnf) and is not a bearer token'

t.test('accepts bound and unbound tokens, each with its own scheme (SEC-76, SEC-77)', async (t) => {
  const { app, token, sign, prove } = await bound(t, { dpop: 'allowed' })
  const plain = await sign()
  t.same(await show(app, token, await prove(token)), honoured)
  t.same(await present(app, plain), honoured)
  t.same(await present(app, token), notValid(BOUND))
  t.same(await show(app, plain, await prove(plain)), tokenRefused('the token is not bound to a key (cnf)'))
})

t.test('refuses a bound token as a bearer token, even with its proof (SEC-77, RFC 9700 §4.10.1)', async (t) => {
  const { app, token, prove } = await bound(t, { dpop: 'allowed' })
  const headers = { authorization: `Bearer ${token}`, dpop: await prove(token) }
  t.same(await ask(app, { headers }), notValid(BOUND))
})

t.test('does not offer the Bearer scheme when all tokens must be bound (SEC-76, SEC-77)', async (t) => {
  const { app, token, sign, prove } = await bound(t)
  t.same(await ask(app, {}), { ...unauthenticated, challenge: `DPoP algs="${ALGS}"` })
  const description = 'Access tokens of the scheme Bearer are not accepted here'
  const challenge = `DPoP error="invalid_token", error_description="${description}", algs="${ALGS}"`
  const refused = { status: 401, code: 'LATCHKEY_INVALID_TOKEN', challenge, reason: 'undefined' }
  t.same(await present(app, await sign()), refused)
  t.same(await present(app, token), refused)
  const plain = await sign()
  t.same(await show(app, plain, await prove(plain)), tokenRefused('the token is not bound to a key (cnf)'))
})

t.test('applies the DPoP mode of each issuer to the tokens of that issuer (SEC-76, SEC-77)', async (t) => {
  const known = await client()
  const modes: readonly DpopMode[] = ['required', 'allowed', 'refused']
  const issuers = await Promise.all(
    modes.map(async (dpop) => {
      const { trusted, sign } = await issuer('ES256', `https://${dpop}.example.com`)
      return { dpop, trusted: { ...trusted, dpop }, sign }
    })
  )
  const server = await serve(t, {
    issuers: issuers.map(({ trusted }) => trusted),
    dpop: { origin: ORIGIN, replay: memoryStore().dpopReplay }
  })
  const answers = await Promise.all(
    issuers.map(async ({ dpop, sign }) => {
      const plain = await sign()
      const bound = await sign({ cnf: { jkt: known.jkt } })
      return {
        dpop,
        'plain as Bearer': (await present(server, plain)).reason,
        'bound as Bearer': (await present(server, bound)).reason,
        'plain as DPoP': (await show(server, plain, await known.prove(plain))).reason,
        'bound as DPoP': (await show(server, bound, await known.prove(bound))).reason
      }
    })
  )
  const unbound = 'the token is not bound to a key (cnf)'
  const refused = 'DPoP is refused for the issuer'
  t.same(answers, [
    {
      dpop: 'required',
      'plain as Bearer': 'the tokens of the issuer must be bound to a key',
      'bound as Bearer': BOUND,
      'plain as DPoP': unbound,
      'bound as DPoP': undefined
    },
    {
      dpop: 'allowed',
      'plain as Bearer': undefined,
      'bound as Bearer': BOUND,
      'plain as DPoP': unbound,
      'bound as DPoP': undefined
    },
    {
      dpop: 'refused',
      'plain as Bearer': undefined,
      'bound as Bearer': BOUND,
      'plain as DPoP': refused,
      'bound as DPoP': refused
    }
  ])
})

t.test('has no DPoP scheme when no issuer uses DPoP (SEC-77)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [{ ...trusted, dpop: 'refused' }] })
  const { jkt, prove } = await client()
  const token = await sign({ cnf: { jkt } })
  t.same(await show(app, token, await prove(token)), {
    status: 401,
    code: 'LATCHKEY_INVALID_TOKEN',
    challenge:
      'Bearer error="invalid_token", error_description="Access tokens of the scheme DPoP are not accepted here"',
    reason: 'undefined'
  })
  t.same(await present(app, token), notValid(BOUND))
})

for (const [name, cnf, reason] of [
  ['an empty confirmation', {}, 'jkt is not a SHA-256 thumbprint'],
  ['a certificate', { 'x5t#S256': 'A'.repeat(43) }, 'cnf binds the token to something other than a key (jkt)'],
  ['an unknown confirmation', { kid: 'one' }, 'cnf binds the token to something other than a key (jkt)'],
  ['a number', { jkt: 7 }, 'jkt is not a SHA-256 thumbprint'],
  ['a short thumbprint', { jkt: 'AAAA' }, 'jkt is not a SHA-256 thumbprint'],
  ['null', null, 'the token is not bound to a key (cnf)'],
  ['a text', 'jkt', 'the token is not bound to a key (cnf)']
] as const) {
  t.test(`refuses a token that is bound to ${name}, with both schemes (SEC-76, SEC-77)`, async (t) => {
    const { app, sign, prove } = await bound(t, { dpop: 'allowed' })
    const token = await sign({ cnf })
    t.same(await show(app, token, await prove(token)), tokenRefused(reason))
    t.same(await present(app, token), notValid(BOUND))
  })
}

t.test('refuses a token that is bound to a certificate and a key (SEC-76)', async (t) => {
  const { app, sign, prove, jkt } = await bound(t)
  const token = await sign({ cnf: { jkt, 'x5t#S256': 'A'.repeat(43) } })
  const reason = 'cnf binds the token to something other than a key (jkt)'
  t.same(await show(app, token, await prove(token)), tokenRefused(reason))
})

t.test('sends a challenge for each accepted scheme, and varies by the header', async (t) => {
  const { app } = await bound(t, { dpop: 'allowed', algorithms: ['ES256', 'EdDSA'] })
  const { statusCode, headers } = await app.inject('/me')
  t.equal(statusCode, 401)
  t.equal(headers['www-authenticate'], 'Bearer, DPoP algs="ES256 EdDSA"')
  t.equal(headers.vary, 'Authorization')
})

t.test('refuses a bound token without a proof, on an open route too (SEC-76)', async (t) => {
  const { app, sign, jkt } = await bound(t)
  like(t, await ask(app, { url: '/open' }), { status: 200 })
  const token = await sign({ cnf: { jkt } })
  like(t, await ask(app, { url: '/open', headers: { authorization: `DPoP ${token}` } }), { status: 401 })
})

t.test('documents the schemes that it reads', async (t) => {
  const { app } = await bound(t, { dpop: 'allowed', algorithms: ['ES256'] })
  const schemes = app.guard.securitySchemes().map(({ name, opens, definition }) => ({ name, opens, ...definition() }))
  like(t, schemes, [
    { name: 'bearerAuth', opens: 'bearer', type: 'http', scheme: 'bearer' },
    { name: 'dpopAuth', opens: 'dpop', type: 'http', scheme: 'DPoP' }
  ])
})

for (const [dpop, others] of [
  ['required', { dpop_bound_access_tokens_required: true }],
  ['allowed', { bearer_methods_supported: ['header'] }]
] as const) {
  t.test(`the metadata of the resource state that DPoP is ${dpop} (SEC-76)`, async (t) => {
    const { trusted } = await issuer()
    const app = Fastify()
    await app.register(guard, { resource: ORIGIN })
    const replay = memoryStore().dpopReplay
    await app.register(bearer, {
      issuers: [{ ...trusted, dpop }],
      dpop: { origin: ORIGIN, replay, algorithms: ['ES256', 'Ed25519'] }
    })
    const response = await app.inject('/.well-known/oauth-protected-resource')
    t.same(response.json(), {
      resource: ORIGIN,
      authorization_servers: [ISSUER],
      dpop_signing_alg_values_supported: ['ES256', 'Ed25519'],
      ...others
    })
  })
}

t.test('does not start when an issuer uses DPoP and the option dpop is missing', async (t) => {
  const { trusted } = await issuer()
  for (const dpop of ['required', 'allowed'] as const) {
    const app = Fastify()
    await app.register(guard)
    await rejectsLike(t, async () => app.register(bearer, { issuers: [{ ...trusted, dpop }] }), {
      code: 'LATCHKEY_REGISTRATION',
      message: '@latchkey/bearer: dpop is required for issuers with dpop. Fix: give { origin, replay }'
    })
  }
})

t.test('does not start with the option dpop when no issuer uses DPoP', async (t) => {
  const { trusted } = await issuer()
  const app = Fastify()
  await app.register(guard)
  const dpop = { origin: ORIGIN, replay: memoryStore().dpopReplay }
  await rejectsLike(t, async () => app.register(bearer, { issuers: [trusted], dpop }), {
    code: 'LATCHKEY_REGISTRATION',
    message:
      "@latchkey/bearer: dpop is of no use. Fix: give the issuer whose tokens are bound to keys dpop 'required' or 'allowed'"
  })
})

for (const [name, change, message] of [
  [
    'no object',
    () => 'on',
    '@latchkey/bearer: dpop must be an object with origin, replay, maxAge, maxPerKey, algorithms, nonceSecrets; got a string'
  ],
  [
    'null',
    () => null,
    '@latchkey/bearer: dpop must be an object with origin, replay, maxAge, maxPerKey, algorithms, nonceSecrets; got null'
  ],
  [
    'no origin',
    () => ({ origin: undefined }),
    '@latchkey/bearer: dpop.origin must be the public origin of this server: https, or http on loopback, without a path; got undefined'
  ],
  [
    'an origin with a path',
    () => ({ origin: 'https://api.example.com/' }),
    '@latchkey/bearer: dpop.origin must be the public origin of this server: https, or http on loopback, without a path; got a string'
  ],
  [
    'an origin without TLS',
    () => ({ origin: 'http://api.example.com' }),
    '@latchkey/bearer: dpop.origin must be the public origin of this server: https, or http on loopback, without a path; got a string'
  ],
  [
    'no store',
    () => ({ replay: undefined }),
    '@latchkey/bearer: dpop.replay must be a store of used proofs, such as the dpopReplay of @latchkey/store; got undefined'
  ],
  [
    'a store of something else',
    () => ({ replay: {} }),
    '@latchkey/bearer: dpop.replay must be a store of used proofs, such as the dpopReplay of @latchkey/store; got an object'
  ],
  [
    'a maxAge of 0',
    () => ({ maxAge: 0 }),
    '@latchkey/bearer: dpop.maxAge must be a whole number of seconds from 1 to 300; got a number'
  ],
  [
    'a maxAge of hours',
    () => ({ maxAge: 3600 }),
    '@latchkey/bearer: dpop.maxAge must be a whole number of seconds from 1 to 300; got a number'
  ],
  [
    'a maxAge in words',
    () => ({ maxAge: '60' }),
    '@latchkey/bearer: dpop.maxAge must be a whole number of seconds from 1 to 300; got a string'
  ],
  [
    'no algorithms',
    () => ({ algorithms: [] }),
    '@latchkey/bearer: dpop.algorithms must be a list of at least one signature algorithm; got an empty list'
  ],
  [
    'a symmetric algorithm',
    () => ({ algorithms: ['ES256', 'HS256'] }),
    '@latchkey/bearer: dpop.algorithms[1] must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519; got a string'
  ],
  [
    'a weak secret',
    () => ({ nonceSecrets: ['secret'] }),
    '@latchkey/bearer: dpop.nonceSecrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got less than 32 bytes'
  ],
  ['a misspelt member', () => ({ maxage: 60 }), '@latchkey/bearer: dpop.maxage does not exist. Fix: write maxAge']
] as const) {
  t.test(`does not start when dpop has ${name}`, async (t) => {
    const { trusted } = await issuer()
    const app = Fastify()
    await app.register(guard)
    const changed: unknown = change()
    const good = { origin: ORIGIN, replay: memoryStore().dpopReplay }
    // The cast is for values that only JavaScript can pass.
    const dpop = (typeof changed === 'object' && changed !== null ? { ...good, ...changed } : changed) as typeof good
    await rejectsLike(t, async () => app.register(bearer, { issuers: [{ ...trusted, dpop: 'allowed' }], dpop }), {
      code: 'LATCHKEY_REGISTRATION',
      message
    })
  })
}

t.test('does not start when an issuer has a misspelt mode', async (t) => {
  const { trusted } = await issuer()
  const app = Fastify()
  await app.register(guard)
  const misspelt = { ...trusted, dpop: 'require' as DpopMode } // only JavaScript can pass this
  await rejectsLike(t, async () => app.register(bearer, { issuers: [misspelt] }), {
    message: "@latchkey/bearer: issuers[0].dpop must be 'required' or 'allowed' or 'refused'; got a string"
  })
})
