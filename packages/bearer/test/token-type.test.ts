import t from 'tap'
import { like } from '@latchkey/exact'
import { AUDIENCE, issuer } from './fixtures/issuer.ts'
import { honoured, notValid, present, serve } from './fixtures/server.ts'

for (const typ of ['JWT', 'jwt', 'application/jwt', undefined, 'at+jwt', 'application/at+jwt']) {
  t.test(`accepts the type ${typ} of an issuer that does not mark its access tokens (SEC-44)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [{ ...trusted, typ: 'JWT' }] })
    t.same(await present(app, await sign({}, { typ })), honoured)
  })
}

for (const typ of ['logout+jwt', 'dpop+jwt', 'refresh+jwt', 'secevent+jwt', '', 'JWT ', 7, null, ['JWT']]) {
  t.test(`refuses the type ${JSON.stringify(typ)} of such an issuer (SEC-44)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [{ ...trusted, typ: 'JWT' }] })
    t.same(await present(app, await sign({}, { typ })), notValid('typ is neither at+jwt nor JWT'))
  })
}

for (const [name, claims, reason] of [
  ['an ID token', { nonce: 'n-0S6_WzA2Mj' }, 'nonce shows that the token is not an access token'],
  [
    'an ID token without a nonce',
    { at_hash: '77QmUPtjPfzWtF2AnpK9RQ' },
    'at_hash shows that the token is not an access token'
  ],
  [
    'an ID token for a code',
    { c_hash: 'LDktKdoQak3Pk0cnXxCltA' },
    'c_hash shows that the token is not an access token'
  ],
  ['a logout token', { events: {} }, 'events shows that the token is not an access token'],
  ['a DPoP proof', { htm: 'GET', htu: AUDIENCE }, 'htm shows that the token is not an access token'],
  ['an ID token of Keycloak', { typ: 'ID' }, 'typ shows that the token is not an access token'],
  ['a refresh token of Keycloak', { typ: 'Refresh' }, 'typ shows that the token is not an access token'],
  ['an ID token of Cognito', { token_use: 'id' }, 'token_use shows that the token is not an access token'],
  ['a token whose kind is not a string', { typ: ['Bearer'] }, 'typ shows that the token is not an access token']
] as const) {
  t.test(`does not accept ${name} as an access token when the type does not identify it (SEC-44)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [{ ...trusted, typ: 'JWT' }] })
    t.same(await present(app, await sign(claims, { typ: 'JWT' })), notValid(reason))
    like(t, await present(app, await sign(claims)), { status: 200 }, 'its type would identify it')
  })
}

for (const claims of [{ typ: 'Bearer' }, { token_use: 'access' }]) {
  t.test(`accepts ${JSON.stringify(claims)} as claims of an access token (SEC-44)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [{ ...trusted, typ: 'JWT' }] })
    t.same(await present(app, await sign(claims, { typ: 'JWT' })), honoured)
  })
}

t.test('applies the type of each issuer to its own tokens (SEC-44)', async (t) => {
  const strict = await issuer('ES256', 'https://strict.example.com')
  const lax = await issuer('ES256', 'https://lax.example.com')
  const app = await serve(t, { issuers: [strict.trusted, { ...lax.trusted, typ: 'JWT' }] })
  t.same(await present(app, await lax.sign({}, { typ: 'JWT' })), honoured)
  t.same(await present(app, await strict.sign({}, { typ: 'JWT' })), notValid('typ is not at+jwt'))
})
