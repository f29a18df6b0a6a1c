import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import type { FastifyInstance } from 'fastify'
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWK,
  jwtVerify
} from 'jose'
import { generateClientSecret, generateSigningKey, type SigningAlgorithm } from '@latchkey/token-endpoint'
import { basic, issuer, server } from './fixtures/server.ts'

const { clientSecret, clientSecretHash } = generateClientSecret()
const ed = await generateSigningKey('EdDSA')
const ec = await generateSigningKey('ES256')
const rsa = await generateSigningKey('RS256')

for (const [alg, key, members] of [
  ['EdDSA', ed, ['alg', 'crv', 'kid', 'kty', 'use', 'x']],
  ['ES256', ec, ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
  ['RS256', rsa, ['alg', 'e', 'kid', 'kty', 'n', 'use']]
] as const) {
  t.test(`publishes only the public members of a private ${alg} key (SEC-38)`, async (t) => {
    like(t, key, { alg, use: 'sig', kid: await calculateJwkThumbprint(key), d: String })
    // Members that do not belong to the public key are not published.
    const { app } = await server({
      keys: [{ ...key, x5c: ['certificate'], key_ops: ['sign'], ext: true, note: 'mine' } as JWK]
    })
    const { headers, ...answer } = await app.inject('/jwks')
    t.equal(answer.statusCode, 200)
    like(t, headers, { 'content-type': /^application\/jwk-set\+json/, 'cache-control': 'public, max-age=300' })
    const { keys } = answer.json<JSONWebKeySet>()
    t.same(
      keys.map((published) => Object.keys(published).sort()),
      [members]
    )
    like(t, keys[0], { kid: key.kid, alg, use: 'sig' })
  })
}

t.test('publishes all keys and signs with the first (SEC-38)', async (t) => {
  const { app, login } = await server({ keys: [ec, ed, rsa] })
  const { keys } = (await app.inject('/jwks')).json<JSONWebKeySet>()
  t.same(
    keys.map(({ kid }) => kid),
    [ec.kid, ed.kid, rsa.kid]
  )
  const { body } = await login()
  like(t, JSON.parse(Buffer.from(body.access_token.split('.')[0] ?? '', 'base64url').toString()), {
    kid: ec.kid,
    alg: 'ES256'
  })
  t.same(app.tokenEndpoint.algorithms, ['ES256', 'EdDSA', 'RS256'])
  t.same(app.tokenEndpoint.jwks(), { keys })
  t.equal(app.tokenEndpoint.jwks(), app.tokenEndpoint.jwks(), 'the object is the same while the keys are the same')
  t.ok(Object.isFrozen(app.tokenEndpoint.jwks().keys))
})

t.test('gives a key without a kid its thumbprint (SEC-38)', async (t) => {
  const { kid, alg, use, ...bare } = ec
  const { app } = await server({ keys: [bare] })
  like(t, app.tokenEndpoint.jwks().keys, [{ kid, alg, use }])
})

const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
const pem = String(small.export({ format: 'pem', type: 'pkcs8' }))
const other = await generateSigningKey('EdDSA')
const p384 = await exportJWK((await generateKeyPair('ES384', { extractable: true })).privateKey)
const { d, ...publicKey } = ed
const { d: _, ...ecPublicKey } = ec
const smallPublicKey = createPublicKey(small).export({ format: 'jwk' })

for (const [name, keys, message] of [
  [
    'no list',
    'secret',
    '@latchkey/token-endpoint: keys must be a list of private JWKs (make one with generateSigningKey(), or "npx latchkey-keys"), or storedKeys(); got a string'
  ],
  [
    'an empty list',
    [],
    '@latchkey/token-endpoint: keys must be a list of private JWKs (make one with generateSigningKey(), or "npx latchkey-keys"), or storedKeys(); got an empty list'
  ],
  [
    'PEM text',
    [pem],
    '@latchkey/token-endpoint: keys[0] must be a JWK; got PEM text. Fix: convert it once with exportJWK(await importPKCS8(pem, alg, { extractable: true })) of jose'
  ],
  [
    'PEM text after a space',
    [` ${pem}`],
    '@latchkey/token-endpoint: keys[0] must be a JWK; got PEM text. Fix: convert it once with exportJWK(await importPKCS8(pem, alg, { extractable: true })) of jose'
  ],
  [
    'PEM text after junk',
    [`x${pem}`],
    '@latchkey/token-endpoint: keys[0] must be a JWK; got PEM text. Fix: convert it once with exportJWK(await importPKCS8(pem, alg, { extractable: true })) of jose'
  ],
  [
    'the JSON of a JWK',
    [` ${JSON.stringify(ed)}`],
    '@latchkey/token-endpoint: keys[0] must be a JWK; got JSON text. Fix: read it with keysFromText()'
  ],
  [
    'a secret',
    ['f9a8s7df98a7sdf98a7sdf98a7sdf9a8'],
    '@latchkey/token-endpoint: keys[0] must be a JWK; got a secret or another value. Fix: make a key with generateSigningKey()'
  ],
  [
    'bytes',
    [new Uint8Array(32)],
    '@latchkey/token-endpoint: keys[0] must be a JWK; got a secret or another value. Fix: make a key with generateSigningKey()'
  ],
  [
    'nothing',
    [null],
    '@latchkey/token-endpoint: keys[0] must be a JWK; got a secret or another value. Fix: make a key with generateSigningKey()'
  ],
  [
    'a shared secret as JWK',
    [{ kty: 'oct', k: 'c2VjcmV0', d: '' }],
    '@latchkey/token-endpoint: keys[0] must be a key pair; got a shared secret, which cannot be published. Fix: make a key with generateSigningKey()'
  ],
  [
    'an object that is not a source of keys',
    { open: true },
    '@latchkey/token-endpoint: keys must be a list of private JWKs (make one with generateSigningKey(), or "npx latchkey-keys"), or storedKeys(); got an object'
  ],
  [
    'a public key',
    [publicKey],
    '@latchkey/token-endpoint: keys[0] must be a private key, because it signs; got a public key'
  ],
  [
    'a key for another algorithm',
    [{ ...rsa, alg: 'PS256' }],
    '@latchkey/token-endpoint: keys[0] must be a key for ES256 (P-256), RS256, Ed25519 or EdDSA (Ed25519)'
  ],
  [
    'a key on another curve',
    [p384],
    '@latchkey/token-endpoint: keys[0] must be a key for ES256 (P-256), RS256, Ed25519 or EdDSA (Ed25519)'
  ],
  [
    'a key for encryption',
    [{ ...ec, use: 'enc' }],
    `@latchkey/token-endpoint: keys[0] must have the "use" 'sig': a key has one purpose`
  ],
  [
    'a kid that is a number',
    [{ ...ec, kid: 1 }],
    '@latchkey/token-endpoint: keys[0] must have a "kid" of 1 to 128 characters, or none'
  ],
  [
    'an empty kid',
    [{ ...ec, kid: '' }],
    '@latchkey/token-endpoint: keys[0] must have a "kid" of 1 to 128 characters, or none'
  ],
  [
    'a kid of 129 letters',
    [{ ...ec, kid: 'x'.repeat(129) }],
    '@latchkey/token-endpoint: keys[0] must have a "kid" of 1 to 128 characters, or none'
  ],
  [
    'an invalid key after a valid one',
    [ed, p384],
    '@latchkey/token-endpoint: keys[1] must be a key for ES256 (P-256), RS256, Ed25519 or EdDSA (Ed25519)'
  ],
  [
    'a private key and its public key',
    [ed, publicKey],
    '@latchkey/token-endpoint: keys must each have a "kid" of their own'
  ],
  ['a repeated key', [ed, ed], '@latchkey/token-endpoint: keys must each have a "kid" of their own'],
  [
    'two keys with one kid',
    [ed, { ...ec, kid: ed.kid }],
    '@latchkey/token-endpoint: keys must each have a "kid" of their own'
  ],
  [
    'an RSA key of 1024 bits',
    [small.export({ format: 'jwk' })],
    '@latchkey/token-endpoint: keys has a key that does not work: its members do not belong together, it may not be used for this, or it is an RSA key of less than 2048 bits. Fix: make one with generateSigningKey()'
  ],
  [
    'a key with the public key of another one',
    [{ ...ed, x: other.x }],
    '@latchkey/token-endpoint: keys has a key that does not work: its members do not belong together, it may not be used for this, or it is an RSA key of less than 2048 bits. Fix: make one with generateSigningKey()'
  ],
  [
    'a key without its public key',
    [{ kty: 'OKP', crv: 'Ed25519', d }],
    '@latchkey/token-endpoint: keys has a key that does not work: its members do not belong together, it may not be used for this, or it is an RSA key of less than 2048 bits. Fix: make one with generateSigningKey()'
  ],
  [
    'a key for verification only',
    [{ ...ed, key_ops: ['verify'] }],
    '@latchkey/token-endpoint: keys has a key that does not work: its members do not belong together, it may not be used for this, or it is an RSA key of less than 2048 bits. Fix: make one with generateSigningKey()'
  ],
  [
    'a retired key whose x is too short',
    [ec, { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }],
    '@latchkey/token-endpoint: keys has a key that does not work: its members do not belong together, it may not be used for this, or it is an RSA key of less than 2048 bits. Fix: make one with generateSigningKey()'
  ],
  [
    'a retired key that is not a point of its curve',
    [ed, { ...ecPublicKey, y: ec.x }],
    '@latchkey/token-endpoint: keys has a key that does not work: its members do not belong together, it may not be used for this, or it is an RSA key of less than 2048 bits. Fix: make one with generateSigningKey()'
  ],
  [
    'a retired RSA key of 1024 bits',
    [ed, smallPublicKey],
    '@latchkey/token-endpoint: keys has a key that does not work: its members do not belong together, it may not be used for this, or it is an RSA key of less than 2048 bits. Fix: make one with generateSigningKey()'
  ]
] as const) {
  t.test(`refuses ${name} when the server starts, and names the fix (SEC-37)`, async (t) => {
    // The types forbid most of these; JavaScript callers may pass them.
    const started = server({ issuer, keys: keys as unknown as JWK[] })
    await rejectsLike(t, started, { code: 'LATCHKEY_REGISTRATION', message })
    const told = await started.then(String, String)
    t.notOk(told.includes(String(d)) || told.includes('f9a8s7'), 'the error does not contain the key')
  })
}

t.test('retired keys can be public, and are published like the others (SEC-39)', async (t) => {
  const { kty, n, e, kid } = rsa
  const { app } = await server({ keys: [ed, ecPublicKey, { kty, n, e, kid } as JWK] })
  t.same(
    app.tokenEndpoint.jwks().keys.map(({ kid }) => kid),
    [ed.kid, ec.kid, rsa.kid]
  )
  t.same(app.tokenEndpoint.algorithms, ['EdDSA', 'ES256', 'RS256'])
})

t.test('rotates by its list: tokens of an earlier key verify with the later list (SEC-39, FAULT-24)', async (t) => {
  const verifies = async (token: string, app: FastifyInstance) =>
    jwtVerify(token, createLocalJWKSet(app.tokenEndpoint.jwks()), { issuer, typ: 'at+jwt' })
  const [old, published, turned] = [
    await server({ keys: [ed] }),
    await server({ keys: [ed, ec] }),
    await server({ keys: [ec, publicKey] })
  ]
  const before = (await published.login()).body.access_token
  const after = (await turned.login()).body.access_token
  for (const { app } of [old, published, turned]) await t.resolves(verifies(before, app))
  for (const { app } of [published, turned]) await t.resolves(verifies(after, app))
  await t.rejects(verifies(after, old.app), 'the old list does not contain the new key')
})

t.test('rotateKeys() rejects when the keys are a list', async (t) => {
  const { app } = await server()
  await t.rejects(app.tokenEndpoint.rotateKeys(), TypeError)
})

t.test('generateSigningKey() returns a new key on each call', async (t) => {
  t.not((await generateSigningKey('EdDSA' satisfies SigningAlgorithm)).kid, ed.kid)
})

t.test('generateSigningKey() returns an ES256 key by default (K28)', async (t) => {
  like(t, await generateSigningKey(), { alg: 'ES256', kty: 'EC', crv: 'P-256' })
  like(t, await generateSigningKey('Ed25519'), { alg: 'Ed25519', kty: 'OKP', crv: 'Ed25519' })
  like(t, await generateSigningKey('RS256'), { alg: 'RS256', kty: 'RSA' })
})

t.test('a key keeps its algorithm name: EdDSA without alg, Ed25519 with alg Ed25519 (K28)', async (t) => {
  const { alg: _, ...unnamed } = ed
  for (const [key, alg] of [
    [ed, 'EdDSA'],
    [unnamed, 'EdDSA'],
    [{ ...ed, alg: 'Ed25519' }, 'Ed25519']
  ] as const) {
    const { app, login, introspect } = await server({
      keys: [key],
      clients: [{ clientId: 'web', clientSecretHash, grantTypes: ['password', 'refresh_token'] }]
    })
    const { body } = await login({}, { headers: basic('web', clientSecret) })
    like(t, decodeProtectedHeader(body.access_token), { alg, kid: ed.kid })
    t.same(app.tokenEndpoint.algorithms, [alg])
    like(t, app.tokenEndpoint.jwks().keys, [{ alg }])
    const answer = await introspect(body.access_token, {}, { headers: basic('web', clientSecret) })
    like(t, answer.body, { active: true })
  }
})
