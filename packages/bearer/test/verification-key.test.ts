import { createHash, generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { claims, encode, issuer, type TestIssuer } from './fixtures/issuer.ts'
import { honoured, notValid, present, serve } from './fixtures/server.ts'

const NO_KEY = notValid('no key, or more than one key, matches the header')

for (const alg of [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519'
]) {
  t.test(`verifies ${alg}, whether the issuer names it or its key does (SEC-42)`, async (t) => {
    const { trusted, jwk, sign } = await issuer(alg)
    t.same(await present(await serve(t, { issuers: [trusted] }), await sign()), honoured)
    const named = { ...trusted, algorithms: [alg], jwks: { keys: [{ ...jwk, alg: undefined }] } }
    t.same(await present(await serve(t, { issuers: [named] }), await sign()), honoured)
  })
}

for (const [name, change] of Object.entries<Record<string, unknown>>({
  'is for encryption': { use: 'enc' },
  'has an unknown use': { use: 'verify' },
  'is only for signing': { key_ops: ['sign'] },
  'is for no operation': { key_ops: [] },
  'has operations that are not a list': { key_ops: 'verify' },
  'is of another algorithm': { alg: 'ES384' },
  'has an unknown algorithm': { alg: 'ES257' },
  'has an algorithm that is not a string': { alg: ['ES256'] },
  'is of another kind': { kty: 'RSA' },
  'is of no kind': { kty: undefined },
  'is on another curve': { crv: 'P-384' },
  'has an unknown curve': { crv: 'secp256k1' },
  'lacks a coordinate': { y: undefined },
  'has a coordinate that is not a string': { x: 7 },
  'is not on its curve': { x: Buffer.alloc(32, 1).toString('base64url') },
  'is private': { d: Buffer.alloc(32, 1).toString('base64url') },
  'is a shared secret': { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256', crv: undefined }
})) {
  t.test(`does not use a key that ${name} (SEC-43)`, async (t) => {
    const { trusted, jwk, sign } = await issuer()
    const keys = [{ ...jwk, ...change }]
    const app = await serve(t, { issuers: [{ ...trusted, algorithms: ['ES256'], jwks: () => ({ keys }) }] })
    t.same(await present(app, await sign()), NO_KEY)
  })
}

t.test('uses a key with a fitting use, or without one (SEC-43)', async (t) => {
  const { trusted, jwk, sign } = await issuer()
  for (const change of [{ use: 'sig' }, { use: undefined }, { key_ops: ['verify'] }, { key_ops: ['sign', 'verify'] }]) {
    const jwks = { keys: [{ ...jwk, ...change }] }
    t.same(await present(await serve(t, { issuers: [{ ...trusted, jwks }] }), await sign()), honoured)
  }
})

t.test('does not use an RSA key under 2048 bits (SEC-43)', async (t) => {
  const { trusted } = await issuer('RS256')
  const weak = generateKeyPairSync('rsa', { modulusLength: 2040 })
  const jwks = { keys: [{ ...weak.publicKey.export({ format: 'jwk' }), alg: 'RS256' }] }
  const app = await serve(t, { issuers: [{ ...trusted, jwks: () => jwks }] })
  const token = `${encode({ alg: 'RS256', typ: 'at+jwt' })}.${encode(claims)}.${'A'.repeat(342)}`
  t.same(await present(app, token), NO_KEY)
})

t.test('does not use an RSA key with the exponent 1 (SEC-43)', async (t) => {
  const { trusted, jwk } = await issuer('RS256')
  const signed = `${encode({ alg: 'RS256', typ: 'at+jwt', kid: 'RS256-1' })}.${encode(claims)}`
  const token = `${signed}.${paddedDigest(signed).toString('base64url')}`
  for (const e of ['AQ', 'AAE']) {
    const keys = [{ ...jwk, e }]
    const app = await serve(t, { issuers: [{ ...trusted, jwks: () => ({ keys }) }] })
    t.same(await present(app, token), NO_KEY)
  }
})

t.test('does not use an RSA key with an even exponent (SEC-43)', async (t) => {
  const { trusted, jwk, sign } = await issuer('RS256')
  const keys = [{ ...jwk, e: 'AQAA' }]
  const app = await serve(t, { issuers: [{ ...trusted, jwks: () => ({ keys }) }] })
  t.same(await present(app, await sign()), NO_KEY)
})

t.test('verifies with the valid keys of a set and ignores the invalid ones (SEC-145)', async (t) => {
  const { trusted, jwk, sign } = await issuer()
  const rs256 = await issuer('RS256')
  const rubbish: unknown[] = [
    null,
    7,
    'key',
    [],
    {},
    { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256', kid: 'ES256-1' },
    { kty: 'AKP', pub: 'AAAA', alg: 'ML-DSA-44', kid: 'ES256-1' },
    { kty: 'XYZ', kid: 'ES256-1' },
    { kty: 'EC', crv: 'P-999', x: 'AA', y: 'AA', kid: 'ES256-1', alg: 'ES256' },
    { ...jwk, x: 'AAAA' },
    { ...jwk, use: 'enc' },
    { ...rs256.jwk, e: 'AQ' },
    { ...jwk, alg: '__proto__' }
  ]
  const keys = [...rubbish, jwk] as object[]
  const derived = await serve(t, { issuers: [{ ...trusted, jwks: { keys } }] })
  t.same(await present(derived, await sign()), honoured)
  const named = await serve(t, { issuers: [{ ...trusted, algorithms: ['ES256', 'RS256'], jwks: () => ({ keys }) }] })
  t.same(await present(named, await sign()), honoured)
  t.same(await present(named, await sign({}, { kid: undefined })), honoured)
})

t.test('does not accept one RSA algorithm in place of another (SEC-42, SEC-43)', async (t) => {
  const ps256 = await issuer('PS256')
  const app = await serve(t, { issuers: [{ ...ps256.trusted, algorithms: ['PS256', 'RS256'] }] })
  t.same(await present(app, await ps256.sign()), honoured)
  t.same(await present(app, await relabelled(ps256)), NO_KEY)
})

/** A PS256 token with RS256 in its header. */
async function relabelled({ sign }: TestIssuer): Promise<string> {
  const [, payload, signature] = (await sign()).split('.')
  return `${encode({ alg: 'RS256', typ: 'at+jwt', kid: 'PS256-1' })}.${payload}.${signature}`
}

/** The padded digest that RSASSA-PKCS1-v1_5 with SHA-256 signs, for a modulus of 2048 bits. */
function paddedDigest(message: string): Buffer {
  const info = Buffer.from('3031300d060960864801650304020105000420', 'hex')
  const digest = createHash('sha256').update(message).digest()
  const padding = Buffer.alloc(256 - 3 - info.length - digest.length, 0xff)
  return Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), info, digest])
}
