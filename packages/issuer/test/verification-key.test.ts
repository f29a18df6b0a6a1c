import type { webcrypto } from 'node:crypto'
import { fittingKeys, importKeys, isJwkSet, signatureAlgorithms } from '@latchkey/issuer'
import { exportJWK, generateKeyPair } from 'jose'
import t from 'tap'
import { like } from '@latchkey/exact'
import { publicJwk } from './fixtures/keys.ts'

for (const alg of signatureAlgorithms.keys()) {
  t.test(`imports a key for ${alg} that the key or the caller names (SEC-42)`, async (t) => {
    const jwk = await publicJwk('a', alg)
    like(t, await importKeys([jwk], null), [{ kid: 'a', alg }])
    like(t, await importKeys([{ ...jwk, alg: undefined }], [alg]), [{ kid: 'a', alg }])
    t.same(await importKeys([jwk], ['HS256', alg === 'ES256' ? 'ES384' : 'ES256']), [])
  })
}

for (const [of, algorithms] of [
  ['RS256', ['RS256']],
  ['ES256', ['ES256']],
  ['ES384', ['ES384']],
  ['ES512', ['ES512']],
  ['EdDSA', ['EdDSA', 'Ed25519']]
] as const) {
  t.test(
    `derives ${algorithms.join(' and ')} from the type of a key without alg, within the allowed algorithms (K10.3)`,
    async (t) => {
      for (const none of [undefined, null]) {
        const jwk = { ...(await publicJwk('a', of)), alg: none, use: none, key_ops: none, d: none }
        const found = await importKeys([jwk], null)
        t.same(
          found.map(({ alg }) => alg),
          algorithms
        )
        t.same(
          await importKeys([jwk], ['PS384']),
          of === 'RS256' ? await importKeys([{ ...jwk, alg: 'PS384' }], null) : []
        )
      }
    }
  )
}

t.test('derives no algorithm for a key of an unknown type without alg (K10.3)', async (t) => {
  const ec = await publicJwk('a')
  for (const change of [
    { crv: 'secp256k1' },
    { kty: 'oct', k: 'c2VjcmV0' },
    { kty: 'OKP', crv: 'X25519' },
    { kty: 'AKP' }
  ]) {
    t.same(await importKeys([{ ...ec, alg: undefined, ...change }], null), [])
  }
})

for (const [name, change] of Object.entries<Record<string, unknown>>({
  'is for encryption': { use: 'enc' },
  'is only for signing': { key_ops: ['sign'] },
  'has key_ops that are not a list': { key_ops: 'verify' },
  'has an unknown algorithm': { alg: 'ES257' },
  'has __proto__ as its algorithm': { alg: '__proto__' },
  'has an algorithm that is not a string': { alg: ['ES256'] },
  'has another type': { kty: 'RSA' },
  'is on an unknown curve': { crv: 'secp256k1' },
  'lacks a coordinate': { y: undefined },
  'has a coordinate that is not a string': { x: 7 },
  'has a coordinate of deeply nested lists': { x: JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) },
  'is not on its curve': { x: Buffer.alloc(32, 1).toString('base64url') },
  'is private': { d: Buffer.alloc(32, 1).toString('base64url') },
  'is a shared secret': { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256', crv: undefined }
})) {
  t.test(`leaves out a key that ${name}, and keeps the valid key beside it (SEC-43, SEC-145)`, async (t) => {
    const jwk = await publicJwk('a')
    const keys = await importKeys([{ ...jwk, ...change }, null, 7, 'key', [], {}, jwk], null)
    like(t, keys, [{ kid: 'a', alg: 'ES256' }])
    t.equal(keys.length, 1)
    t.same(await importKeys([{ ...jwk, ...change }], ['ES256', 'RS256', 'HS256']), [])
  })
}

t.test(
  'leaves out RSA keys under 2048 bits or over 8192, and those with a hostile exponent (K9.2, SEC-43)',
  async (t) => {
    const jwk = await publicJwk('a', 'RS256')
    const n = Buffer.from(String(jwk.n), 'base64url')
    const of = (bytes: number, first = 0x80): string => Buffer.alloc(bytes, 1).fill(first, 0, 1).toString('base64url')
    for (const bad of [
      { n: of(256, 0x7f) },
      { n: `AAAA${of(255)}` },
      { n: of(1025, 1) },
      { n: '' },
      { n: 'AAAA' },
      { n: undefined },
      { n: 7 },
      { e: '' },
      { e: 'AA' },
      { e: 'AQ' },
      { e: 'Ag' },
      { e: 'AAE' },
      { e: 'AQAA' },
      { e: 'AQAAAAE' },
      { e: jwk.n },
      { e: undefined },
      { e: [3] }
    ]) {
      t.same(await importKeys([{ ...jwk, ...bad }], null), [], JSON.stringify(bad).slice(0, 40))
    }
    const zeros = Buffer.concat([Buffer.alloc(1), n]).toString('base64url')
    for (const good of [{}, { e: 'Aw' }, { e: 'AAAAAAAD' }, { e: '_____w' }, { n: zeros }, { n: of(1024, 0x80) }]) {
      t.equal((await importKeys([{ ...jwk, ...good }], null)).length, 1, JSON.stringify(good).slice(0, 40))
    }
  }
)

t.test('imports the same exponent that it checked, in every spelling (K9.2)', async (t) => {
  const { n } = await publicJwk('a', 'RS256')
  for (const e of [
    'AQAB',
    'AQAB=',
    'AQ AB',
    'AQ\nAB',
    'AAAQ AB',
    'AwAAAAAA',
    'AAAAAAAD==',
    'AQ=AB',
    '////_w',
    'A+-/_w'
  ]) {
    for (const { key } of await importKeys([{ kty: 'RSA', n, e, alg: 'RS256' }], null)) {
      const { publicExponent } = key.algorithm as webcrypto.RsaKeyAlgorithm // it was imported as RSA
      const value = BigInt(`0x${Buffer.from(publicExponent).toString('hex')}`)
      t.ok(value >= 3n && value < 2n ** 32n && value % 2n === 1n, e)
    }
  }
})

t.test('does not import a private key (SEC-43)', async (t) => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256' }
  t.same(await importKeys([jwk], null), [])
  const [key] = await importKeys([{ ...jwk, d: undefined }], null)
  like(t, key, { kid: undefined, key: { type: 'public' } })
})

t.test('imports a key once for each algorithm, also when two kids name it', async (t) => {
  const { alg: _, ...jwk } = await publicJwk('a', 'RS256')
  const keys = await importKeys([jwk, { ...jwk, kid: 'b' }], ['RS256', 'PS256', 'ES256'])
  like(t, keys, [
    { kid: 'a', alg: 'RS256' },
    { kid: 'a', alg: 'PS256' },
    { kid: 'b', alg: 'RS256' },
    { kid: 'b', alg: 'PS256' }
  ])
  t.equal(keys[0]?.key, keys[2]?.key)
  t.not(keys[0]?.key, keys[1]?.key)
})

t.test('fittingKeys() returns the keys that match alg and kid of a token (SEC-51)', async (t) => {
  const keys = await importKeys([await publicJwk('a'), await publicJwk('b'), await publicJwk('a', 'EdDSA')], null)
  t.same(fittingKeys(keys, { alg: 'ES256', kid: 'a' }), [keys[0]])
  t.same(fittingKeys(keys, { alg: 'ES256' }), [keys[0], keys[1]])
  t.same(fittingKeys(keys, { alg: 'EdDSA' }), [keys[2]])
  t.same(fittingKeys(keys, { alg: 'EdDSA', kid: 'b' }), [])
})

t.test('isJwkSet() accepts only an object with a list of keys', async (t) => {
  t.ok(isJwkSet({ keys: [] }))
  for (const other of [undefined, null, '', [], {}, { keys: {} }, { keys: null }]) t.notOk(isJwkSet(other))
})
