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

t.test('refuses a bound token as a bearer token, even with its proof (SEC-77)', async (t) => {
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
      code: 'LATCHKEY_INVALID_OPTION',
      message: '@latchkey/bearer: option "dpop" is required for issuers with dpop: give { origin, replay }'
    })
  }
})

t.test('does not start with the option dpop when no issuer uses DPoP', async (t) => {
  const { trusted } = await issuer()
  const app = Fastify()
  await app.register(guard)
  const dpop = { origin: ORIGIN, replay: memoryStore().dpopReplay }
  await rejectsLike(t, async () => app.register(bearer, { issuers: [trusted], dpop }), {
    code: 'LATCHKEY_INVALID_OPTION',
    message: /option "dpop" is of no use: give the issuer .* dpop 'required' or 'allowed'/
  })
})

for (const [name, change, message] of [
  ['no object', () => 'on', /must be an object with origin and replay/],
  ['null', () => null, /must be an object with origin and replay/],
  ['no origin', () => ({ origin: undefined }), /\.origin must be the public origin/],
  ['an origin with a path', () => ({ origin: 'https://api.example.com/' }), /\.origin must be the public origin/],
  ['an origin without TLS', () => ({ origin: 'http://api.example.com' }), /\.origin must be the public origin/],
  ['no store', () => ({ replay: undefined }), /\.replay must be a store of used proofs/],
  ['a store of something else', () => ({ replay: {} }), /\.replay must be a store of used proofs/],
  ['a maxAge of 0', () => ({ maxAge: 0 }), /\.maxAge must be a whole number of seconds from 1 to 300/],
  ['a maxAge of hours', () => ({ maxAge: 3600 }), /\.maxAge must be/],
  ['a maxAge in words', () => ({ maxAge: '60' }), /\.maxAge must be/],
  ['no algorithms', () => ({ algorithms: [] }), /\.algorithms must be a list out of RS256/],
  ['a symmetric algorithm', () => ({ algorithms: ['ES256', 'HS256'] }), /\.algorithms must be a list out of RS256/],
  ['a weak secret', () => ({ nonceSecrets: ['secret'] }), /\.nonceSecrets must be a list of secrets/],
  ['a misspelt member', () => ({ maxage: 60 }), /\.maxage does not exist: the members are origin, replay/]
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
      code: 'LATCHKEY_INVALID_OPTION',
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
    message: /\[0\]\.dpop must be 'required', 'allowed' or 'refused'/
  })
})
