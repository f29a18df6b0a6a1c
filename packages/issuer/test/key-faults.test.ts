import { type IssuerLog, remoteKeySet } from '@latchkey/issuer'
import t from 'tap'
import { stoppedClock } from './fixtures/clock.ts'
import { publicJwk } from './fixtures/keys.ts'
import { json, upstream } from './fixtures/upstream.ts'

t.test('warns once that no key of a set can verify, with the reasons and the fix (K10.3)', async (t) => {
  const { clock, pass } = stoppedClock()
  const { log, warnings } = listening()
  const rsa = await publicJwk('a', 'RS256')
  const useless = [
    { ...rsa, alg: 'RSA-OAEP', use: 'enc' },
    { ...rsa, alg: 'RS1' },
    { ...rsa, key_ops: ['encrypt'] },
    { ...rsa, e: 'AQ' },
    { ...(await publicJwk('b')), d: 'AAAA' },
    'no key'
  ]
  const server = await upstream(t, json({ keys: useless }))
  const keys = remoteKeySet(server.origin, { clock, log })
  for (let i = 0; i < 3; i++) {
    t.equal(await keys.find({ alg: 'RS256', kid: 'a' }), null)
    pass(31)
  }
  const warning = [
    {
      leftOut: [
        'it is for another use',
        'its algorithm is unknown or not allowed',
        'its key_ops lack "verify"',
        'it is weak, oversized or broken',
        'it is private'
      ]
    },
    `The key set at ${server.origin} holds no key that can verify a token: name the algorithms of its issuer in "algorithms", or have the issuer publish other keys`
  ]
  t.equal(server.asked.length, 3)
  t.same(warnings, [warning])
  server.answer = json({ keys: [rsa] })
  t.ok(await keys.find({ alg: 'RS256', kid: 'a' }))
  server.answer = json({ keys: useless })
  pass(1200)
  t.equal(await keys.find({ alg: 'RS256', kid: 'a' }), null)
  t.same(warnings, [warning, warning], 'a new warning after the set was valid')
})

t.test('warns once that a token names a key for another algorithm (K10.3)', async (t) => {
  const { log, warnings } = listening()
  const { alg: _, ...rsa } = await publicJwk('canary-kid', 'RS256')
  const server = await upstream(t, json({ keys: [rsa, await publicJwk('b')] }))
  const keys = remoteKeySet(() => server.origin, { log })
  for (let i = 0; i < 3; i++) t.equal(await keys.find({ alg: 'PS256', kid: 'canary-kid' }), null)
  t.same(warnings, [
    [
      { algorithms: ['RS256'] },
      `The key set at ${server.origin} has a key that a token wants for another algorithm: if the issuer signs with it, name it in "algorithms"`
    ]
  ])
  t.ok(await keys.find({ alg: 'RS256', kid: 'canary-kid' }))
})

t.test('warns once that several keys fit a token, or that its key was left out (K10.3)', async (t) => {
  const { log, warnings } = listening()
  const weak = { ...(await publicJwk('weak', 'RS256')), e: 'AQ' }
  const server = await upstream(t, json({ keys: [await publicJwk('a'), await publicJwk('b'), weak] }))
  const keys = remoteKeySet(server.origin, { log })
  for (let i = 0; i < 3; i++) {
    t.equal(await keys.find({ alg: 'ES256' }), null)
    t.equal(await keys.find({ alg: 'RS256', kid: 'weak' }), null)
  }
  t.same(warnings, [
    [{ fitting: 2 }, `The key set at ${server.origin} has several keys for one token: each needs a "kid" of its own`],
    [
      { kid: 'weak', reason: 'it is weak, oversized or broken' },
      `The key set at ${server.origin} has a key that a token names and that cannot be used`
    ]
  ])
})

t.test('does not warn about an unpublished kid, and works without a log (K10.3)', async (t) => {
  const { log, warnings } = listening()
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  const keys = remoteKeySet(server.origin, { log })
  for (const kid of ['canary', '__proto__']) t.equal(await keys.find({ alg: 'ES256', kid }), null)
  t.ok(await keys.find({ alg: 'ES256' }))
  t.same(warnings, [])
  const silent = remoteKeySet(server.origin)
  t.equal(await silent.find({ alg: 'ES384' }), null)
  t.ok(await silent.find({ alg: 'ES256', kid: 'a' }))
})

function listening(): { readonly log: IssuerLog; readonly warnings: unknown[][] } {
  const warnings: unknown[][] = []
  return { log: { info() {}, warn: (...warning) => void warnings.push(warning) }, warnings }
}
