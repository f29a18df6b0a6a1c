import bearer from '@latchkey/bearer'
import guard, { authenticated } from '@latchkey/guard'
import Fastify from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { AUDIENCE, claims, ISSUER, issuer, NOW } from './fixtures/issuer.ts'
import { expired, honoured, notValid, present, serve } from './fixtures/server.ts'

for (const iss of [
  undefined,
  null,
  '',
  `${ISSUER}/`,
  `${ISSUER} `,
  ISSUER.toUpperCase(),
  ISSUER.slice(0, -1),
  `${ISSUER}.evil.example`,
  [ISSUER],
  { toString: ISSUER },
  '__proto__'
]) {
  t.test(`refuses a token with a valid signature whose iss is ${JSON.stringify(iss)} (SEC-45)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, await sign({ iss })), notValid('iss is not a trusted issuer'))
  })
}

for (const aud of [AUDIENCE, [AUDIENCE], ['https://other.example.com', AUDIENCE]]) {
  t.test(`accepts a token whose aud is ${JSON.stringify(aud)} (SEC-45)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, await sign({ aud })), honoured)
  })
}

for (const aud of [
  undefined,
  null,
  '',
  [],
  {},
  7,
  'https://other.example.com',
  `${AUDIENCE}/`,
  AUDIENCE.toUpperCase(),
  `${AUDIENCE} https://other.example.com`,
  [[AUDIENCE]],
  [AUDIENCE, 7],
  [AUDIENCE, null],
  { 0: AUDIENCE, length: 1 }
]) {
  t.test(`refuses a token whose aud is ${JSON.stringify(aud)} (SEC-45, SEC-54, RFC 9700 §2.3, §4.10.2)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, await sign({ aud })), notValid('aud does not contain this server'))
  })
}

t.test('accepts several configured audiences (SEC-45)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [{ ...trusted, audience: ['https://a.example', 'https://b.example'] }] })
  t.same(await present(app, await sign({ aud: 'https://b.example' })), honoured)
  t.same(await present(app, await sign()), notValid('aud does not contain this server'))
})

t.test('refuses a token without an expiry (SEC-45)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  t.same(await present(app, await sign({ exp: undefined })), notValid('exp is missing'))
})

for (const name of ['exp', 'nbf', 'iat', 'auth_time']) {
  for (const text of ['1e999', '-1e999', '-1', '1800000000.5', '253402300800', '"1800000000"', 'true', '[0]']) {
    t.test(`refuses a token whose ${name} is ${text} (SEC-46)`, async (t) => {
      const { trusted, signBytes } = await issuer()
      const app = await serve(t, { issuers: [trusted] })
      const others = JSON.stringify({ ...claims, [name]: undefined })
      const token = await signBytes(Buffer.from(`${others.slice(0, -1)},"${name}":${text}}`))
      t.same(await present(app, token), notValid(`${name} is not a NumericDate in whole seconds`))
    })
  }
}

for (const name of ['nbf', 'iat', 'auth_time', 'client_id', 'jti', 'scope', 'scp', 'nonce', 'typ', 'token_use']) {
  t.test(`treats null in ${name} as absent (K10.3)`, async (t) => {
    const { trusted, sign } = await issuer()
    for (const typ of ['at+jwt', 'JWT'] as const) {
      const app = await serve(t, { issuers: [{ ...trusted, typ }] })
      t.same(await present(app, await sign({ [name]: null }, { typ })), honoured)
    }
  })
}

t.test(
  'refuses null in a required claim and in a claim that restricts the token (K10.3, SEC-45, SEC-77)',
  async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted], maxTokenAge: 3600 })
    for (const [name, reason] of [
      ['iss', 'iss is not a trusted issuer'],
      ['sub', 'sub is not a string of 1 to 255 characters'],
      ['aud', 'aud does not contain this server'],
      ['exp', 'exp is not a NumericDate in whole seconds'],
      ['cnf', 'the token is bound to a key (cnf) and is not a bearer token'],
      ['iat', 'iat is missing']
    ] as const) {
      t.same(await present(app, await sign({ [name]: null })), notValid(reason), name)
    }
  }
)

t.test('reads the scopes from scp when scope is null (K10.3)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const authorization = `Bearer ${await sign({ scope: null, scp: ['items:read'] })}`
  t.same((await app.inject({ url: '/me', headers: { authorization } })).json().scopes, ['items:read'])
  const without = `Bearer ${await sign({ scope: null, scp: null, auth_time: null })}`
  const response = await app.inject({ url: '/me', headers: { authorization: without } })
  t.same([response.json().scopes, response.json().authenticatedAt], [[], null])
})

for (const clockTolerance of [0, 30, 60]) {
  const options = clockTolerance === 30 ? {} : { clockTolerance }
  t.test(
    `tolerates a difference of ${clockTolerance} s between two clocks and not of one more (SEC-46, SEC-47)`,
    async (t) => {
      const { trusted, sign } = await issuer()
      const app = await serve(t, { issuers: [trusted], ...options })
      t.same(await present(app, await sign({ exp: NOW - clockTolerance + 1 })), honoured)
      t.same(await present(app, await sign({ exp: NOW - clockTolerance })), expired('exp has passed'))
      t.same(await present(app, await sign({ exp: NOW - clockTolerance - 1 })), expired('exp has passed'))
      for (const name of ['nbf', 'iat', 'auth_time']) {
        t.same(await present(app, await sign({ [name]: NOW + clockTolerance })), honoured)
        const late = await sign({ [name]: NOW + clockTolerance + 1 })
        t.same(await present(app, late), notValid(`${name} is in the future`))
      }
    }
  )
}

t.test('accepts a token of any age until its exp, unless maxTokenAge is set (SEC-46)', async (t) => {
  const { trusted, sign } = await issuer()
  const old = await sign({ iat: NOW - 86_400 })
  t.same(await present(await serve(t, { issuers: [trusted] }), old), honoured)
  const strict = await serve(t, { issuers: [trusted], maxTokenAge: 3600, clockTolerance: 10 })
  t.same(await present(strict, old), expired('older than maxTokenAge'))
  t.same(await present(strict, await sign({ iat: NOW - 3609 })), honoured)
  t.same(await present(strict, await sign({ iat: NOW - 3610 })), expired('older than maxTokenAge'))
  t.same(await present(strict, await sign({ iat: undefined })), notValid('iat is missing'))
})

t.test('refuses every token while the clock does not return a number (SEC-46)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted], now: () => Number.NaN })
  like(t, await present(app, await sign()), { status: 401, code: 'LATCHKEY_INVALID_TOKEN' })
  like(t, await present(app, await sign({ iat: undefined, nbf: undefined })), { status: 401 })
})

for (const sub of [undefined, null, '', 7, ['ada'], { sub: 'ada' }, 'a'.repeat(256)]) {
  t.test(
    `refuses a token whose sub is ${sub === undefined ? 'missing' : JSON.stringify(sub).slice(0, 20)} (SEC-54)`,
    async (t) => {
      const { trusted, sign } = await issuer()
      const app = await serve(t, { issuers: [trusted] })
      t.same(await present(app, await sign({ sub })), notValid('sub is not a string of 1 to 255 characters'))
    }
  )
}

t.test('accepts a sub of 255 characters (SEC-54)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  t.same(await present(app, await sign({ sub: 'a'.repeat(255) })), honoured)
})

for (const scope of [7, ['items:read'], { 'items:read': true }, ' ', 'a  b', ' a', 'a ', 'a\tb', 'a"b', 'é']) {
  t.test(`refuses a token whose scope is ${JSON.stringify(scope)} (SEC-54)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, await sign({ scope })), notValid('scope is not a string of scope tokens'))
  })
}

for (const name of ['client_id', 'jti']) {
  for (const value of [7, '', ['web'], {}]) {
    t.test(`refuses a token whose ${name} is ${JSON.stringify(value)} (SEC-54)`, async (t) => {
      const { trusted, sign } = await issuer()
      const app = await serve(t, { issuers: [trusted] })
      t.same(await present(app, await sign({ [name]: value })), notValid(`${name} is not a string`))
    })
  }
}

t.test('does not let claims with names of object members change an object (SEC-54)', async (t) => {
  const { trusted, signBytes } = await issuer()
  const app = Fastify()
  await app.register(guard)
  await app.register(bearer, { issuers: [trusted], now: () => NOW * 1000 })
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => ({
    prototype: Object.getPrototypeOf(principal.claims),
    own: Object.hasOwn(principal.claims, '__proto__'),
    admin: Object.assign({}, principal.claims).admin,
    nested: Object.assign({}, principal.claims.nested as Record<string, unknown>).admin,
    constructor: principal.claims.constructor
  }))
  const members = '"__proto__":{"admin":true},"nested":{"__proto__":{"admin":true}},"constructor":"text"}'
  const token = await signBytes(Buffer.from(`${JSON.stringify(claims).slice(0, -1)},${members}`))
  const response = await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })
  t.same(response.json(), { prototype: null, own: false, constructor: 'text' })
})

t.test('returns claims that no handler can change for the next request (SEC-54)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = Fastify()
  await app.register(guard)
  await app.register(bearer, { issuers: [trusted], now: () => NOW * 1000 })
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => {
    const { claims } = principal
    const inner = claims.tenant as { roles: string[] }
    return [claims, inner, inner.roles, principal].map((value) => Object.isFrozen(value))
  })
  const token = await sign({ tenant: { roles: ['reader'] } })
  const response = await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })
  t.same(response.json(), [true, true, true, true])
})

t.test('distinguishes two users with the same subject at different issuers (SEC-58)', async (t) => {
  const one = await issuer('ES256', 'https://one.example.com')
  const two = await issuer('ES256', 'https://two.example.com')
  const app = await serve(t, { issuers: [one.trusted, two.trusted] })
  const identities = await Promise.all(
    [one, two].map(async ({ sign }) => {
      const authorization = `Bearer ${await sign({ sub: 'ada', email: 'ada@example.com', name: 'Ada' })}`
      const { subject, issuer } = (await app.inject({ url: '/me', headers: { authorization } })).json()
      return { subject, issuer }
    })
  )
  t.same(identities, [
    { subject: 'ada', issuer: 'https://one.example.com' },
    { subject: 'ada', issuer: 'https://two.example.com' }
  ])
})

for (const cnf of [{ jkt: 'AAAA' }, { 'x5t#S256': 'AAAA' }, {}, null, 'jkt', false]) {
  t.test(`refuses a bearer token with cnf ${JSON.stringify(cnf)} because it is bound to a key (SEC-77)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    const reason = 'the token is bound to a key (cnf) and is not a bearer token'
    t.same(await present(app, await sign({ cnf })), notValid(reason))
  })
}

t.test('returns the time of the login only when the token contains it', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const authorization = `Bearer ${await sign()}`
  t.equal((await app.inject({ url: '/me', headers: { authorization } })).json().authenticatedAt, null)
})
