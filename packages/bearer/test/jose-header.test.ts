import t from 'tap'
import { like } from '@latchkey/exact'
import { claims, encode, issuer } from './fixtures/issuer.ts'
import { honoured, notValid, present, serve } from './fixtures/server.ts'

/** A token with any header. Its fault is found before the signature is checked. */
function forge(header: Record<string, unknown>): string {
  return `${encode({ typ: 'at+jwt', alg: 'ES256', kid: 'ES256-1', ...header })}.${encode(claims)}.${'A'.repeat(86)}`
}

for (const alg of [
  'none',
  'None',
  'NONE',
  'nOnE',
  'noNE',
  '',
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'EdDSA',
  'es256',
  'Es256',
  ' ES256',
  'ES256 ',
  'ES256\u0000',
  'ES256K',
  'ECDH-ES',
  'PBES2-HS256+A128KW',
  'dir',
  '__proto__',
  'constructor'
]) {
  t.test(`refuses the algorithm ${JSON.stringify(alg)} where ES256 is allowed (SEC-42)`, async (t) => {
    const { trusted } = await issuer()
    const named = await serve(t, { issuers: [{ ...trusted, algorithms: ['ES256'] }] })
    t.same(await present(named, forge({ alg })), notValid('alg is not allowed for the issuer'))
    const derived = await serve(t, { issuers: [trusted] })
    like(t, await present(derived, forge({ alg })), { status: 401, code: 'LATCHKEY_INVALID_TOKEN' })
  })
}

for (const alg of [undefined, null, 7, true, {}, ['ES256'], [['ES256']], { toString: 'ES256' }]) {
  t.test(`refuses an algorithm that is ${JSON.stringify(alg)} (SEC-42)`, async (t) => {
    const { trusted } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, forge({ alg })), notValid('alg is not a string'))
  })
}

for (const typ of ['at+jwt', 'AT+JWT', 'At+Jwt', 'application/at+jwt', 'Application/AT+JWT']) {
  t.test(`accepts a token of the type ${typ} (SEC-44)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, await sign({}, { typ })), honoured)
  })
}

for (const typ of [
  undefined,
  null,
  '',
  'JWT',
  'jwt',
  'application/jwt',
  'logout+jwt',
  'dpop+jwt',
  'refresh+jwt',
  'secevent+jwt',
  'id_token+jwt',
  'token-introspection+jwt',
  'at+jwt ',
  'xat+jwt',
  'text/at+jwt',
  'application/application/at+jwt',
  ['at+jwt'],
  { typ: 'at+jwt' },
  7
]) {
  t.test(`refuses a token with a valid signature of the type ${JSON.stringify(typ)} (SEC-44)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, await sign({}, { typ })), notValid('typ is not at+jwt'))
  })
}

for (const crit of [['exp'], ['b64'], ['typ'], ['http://example.com/unknown'], [], 'exp', null, {}]) {
  t.test(`refuses a token with crit ${JSON.stringify(crit)} (SEC-50)`, async (t) => {
    const { trusted } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, forge({ crit, exp: 1 })), notValid('the header uses an extension'))
  })
}

for (const b64 of [false, true]) {
  t.test(`refuses a token with b64 ${b64}, critical or not (SEC-50)`, async (t) => {
    const { trusted } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, forge({ b64 })), notValid('the header uses an extension'))
    t.same(await present(app, forge({ b64, crit: ['b64'] })), notValid('the header uses an extension'))
  })
}

for (const [name, kid] of Object.entries({
  'a number': 7,
  null: null,
  'a list': ['ES256-1'],
  'an object': { kid: 'ES256-1' },
  empty: '',
  'of 129 characters': 'k'.repeat(129)
})) {
  t.test(`refuses a kid that is ${name} (SEC-51)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, await sign({}, { kid })), notValid('kid is not a string of 1 to 128 characters'))
  })
}

t.test('accepts a kid of any 128 characters (SEC-51)', async (t) => {
  const { trusted, jwk, sign } = await issuer()
  const kid = `../../${"'; drop table keys --".repeat(9)}`.slice(0, 128)
  t.equal(kid.length, 128)
  const app = await serve(t, { issuers: [{ ...trusted, jwks: { keys: [{ ...jwk, kid }] } }] })
  t.same(await present(app, await sign({}, { kid })), honoured)
})

for (const kid of ['__proto__', 'constructor', 'toString', '../../../dev/null', 'es256-1', 'ES256-1 ', 'ES256-10']) {
  t.test(`finds no key for the kid "${kid}" (SEC-51)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, await sign({}, { kid })), notValid('no key, or more than one key, matches the header'))
  })
}
