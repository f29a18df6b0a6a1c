import { createSign, generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateSecret, type JWK } from 'jose'
import t from 'tap'
import { like } from '@latchkey/exact'
import { bound, claimsFor, client, proofRefused, show } from './fixtures/dpop.ts'
import { encode, NOW, signWith } from './fixtures/issuer.ts'
import { honoured } from './fixtures/server.ts'

t.test('refuses the algorithm none and symmetric algorithms, with any key in the proof (SEC-76)', async (t) => {
  const { app, token, prove, jwk } = await bound(t)
  const secret = await generateSecret('HS256', { extractable: true })
  const key = await exportJWK(secret)
  const payload = Buffer.from(JSON.stringify(claimsFor(token)))
  const symmetric = await signWith(secret, payload, { alg: 'HS256', typ: 'dpop+jwt', jwk: key })
  t.same(await show(app, token, symmetric), proofRefused('alg is not allowed'))
  const [, claims, signature] = (await prove(token)).split('.')
  for (const alg of ['none', 'HS256', 'ES256K', 'es256']) {
    const header = encode({ typ: 'dpop+jwt', alg, jwk })
    t.same(await show(app, token, `${header}.${claims}.${signature}`), proofRefused('alg is not allowed'), alg)
  }
  const header = encode({ typ: 'dpop+jwt', jwk })
  t.same(await show(app, token, `${header}.${claims}.${signature}`), proofRefused('alg is not a string'))
})

t.test('refuses asymmetric algorithms outside of the list and names the list (SEC-76)', async (t) => {
  const { app, token, prove } = await bound(t, { algorithms: ['ES384', 'Ed25519'] })
  t.same(await show(app, token, await prove(token)), {
    ...proofRefused('alg is not allowed'),
    challenge: 'DPoP error="invalid_dpop_proof", error_description="The DPoP proof is not valid", algs="ES384 Ed25519"'
  })
})

t.test('refuses a proof that was signed with another key or altered afterwards (SEC-76)', async (t) => {
  const { app, token, prove, jwk } = await bound(t)
  const stranger = await client()
  const reason = proofRefused('the signature is wrong')
  t.same(await show(app, token, await stranger.prove(token, {}, { jwk })), reason)
  const [header, , signature] = (await prove(token)).split('.')
  t.same(await show(app, token, `${header}.${encode(claimsFor(token))}.${signature}`), reason)
})

t.test('refuses a proof that contains a private key (SEC-76)', async (t) => {
  for (const alg of ['ES256', 'RS256', 'Ed25519']) {
    const { app, token, prove, jwk, privateKey } = await bound(t, { alg })
    const whole = await exportJWK(privateKey)
    t.same(await show(app, token, await prove(token, {}, { jwk: whole })), proofRefused('jwk is not a public key'), alg)
    for (const [name, value] of Object.entries(whole)) {
      if (name in jwk) continue
      const proof = await prove(token, {}, { jwk: { ...jwk, [name]: value } })
      t.same(await show(app, token, proof), proofRefused('jwk is not a public key'), `${alg} ${name}`)
    }
  }
})

t.test('refuses a proof without a key or with an invalid key (SEC-76)', async (t) => {
  const { app, token, prove, jwk } = await bound(t)
  const asked = async (key: unknown): Promise<unknown> => show(app, token, await prove(token, {}, { jwk: key }))
  for (const key of [undefined, null, 'key', 7]) {
    t.same(await asked(key), proofRefused('jwk is not an object'), String(key))
  }
  t.same(await asked({ kty: 'oct', k: 'AAAA' }), proofRefused('jwk is not a public key'))
  for (const key of [{}, [], { ...jwk, y: undefined }, { ...jwk, x: 7 }, { ...jwk, kty: 'none' }]) {
    like(t, await asked(key), { status: 401, code: 'LATCHKEY_INVALID_DPOP_PROOF' }, JSON.stringify(key))
  }
})

t.test('refuses keys that are weak, of a kind that does not fit alg, or for another use (SEC-76)', async (t) => {
  const { app, sign, jwk, prove, token } = await bound(t)
  const reason = proofRefused('jwk is not a key for alg')
  for (const others of [{ alg: 'ES384' }, { use: 'enc' }, { key_ops: ['sign'] }]) {
    t.same(
      await show(app, token, await prove(token, {}, { jwk: { ...jwk, ...others } })),
      reason,
      JSON.stringify(others)
    )
  }
  const offCurve = { ...jwk, x: jwk.y, y: jwk.x }
  like(t, await show(app, token, await prove(token, {}, { jwk: offCurve })), { status: 401 })

  const rsa = await client('RS256')
  const ofRsa = await sign({ cnf: { jkt: rsa.jkt } })
  t.same(await show(app, ofRsa, await rsa.prove(ofRsa)), honoured)
  const [, claims, signature] = (await rsa.prove(ofRsa)).split('.')
  const header = encode({ typ: 'dpop+jwt', alg: 'ES256', jwk: rsa.jwk })
  t.same(await show(app, ofRsa, `${header}.${claims}.${signature}`), reason)

  // jose neither generates nor uses such a key.
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const weakJwk = weak.publicKey.export({ format: 'jwk' }) as JWK // an RSA key
  const ofWeak = await sign({ cnf: { jkt: await calculateJwkThumbprint(weakJwk) } })
  const signed = `${encode({ typ: 'dpop+jwt', alg: 'RS256', jwk: weakJwk })}.${encode(claimsFor(ofWeak))}`
  const proof = `${signed}.${createSign('sha256').update(signed).sign(weak.privateKey, 'base64url')}`
  t.same(await show(app, ofWeak, proof), reason)
})

t.test('refuses critical extensions of the header and reads the key from jwk only (SEC-76)', async (t) => {
  const { app, token, prove, jwk } = await bound(t)
  const [, claims, signature] = (await prove(token)).split('.')
  for (const extension of [{ crit: ['exp'], exp: NOW }, { crit: [] }, { b64: true }]) {
    const header = encode({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...extension })
    const answer = await show(app, token, `${header}.${claims}.${signature}`)
    t.same(answer, proofRefused('the header uses an extension'), JSON.stringify(extension))
  }
  const elsewhere = { jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/chain', x5c: ['AAAA'] }
  t.same(await show(app, token, await prove(token, {}, elsewhere)), honoured)
  t.same(
    await show(app, token, await prove(token, {}, { ...elsewhere, jwk: undefined })),
    proofRefused('jwk is not an object')
  )
})

t.test('refuses RSA keys that are slow to verify, before any arithmetic (K9.2, SEC-43)', async (t) => {
  const { app, sign } = await bound(t)
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  const { n, e, d } = privateKey.export({ format: 'jwk' })
  t.same(publicKey.export({ format: 'jwk' }), { kty: 'RSA', n, e })
  for (const jwk of [
    { kty: 'RSA', n: String(n), e: String(d) },
    { kty: 'RSA', n: String(n), e: 'AQAAAAE' },
    { kty: 'RSA', n: Buffer.alloc(2048, 0xff).toString('base64url'), e: 'AQAB' }
  ]) {
    const token = await sign({ cnf: { jkt: await calculateJwkThumbprint(jwk) } })
    const signed = `${encode({ typ: 'dpop+jwt', alg: 'RS256', jwk })}.${encode(claimsFor(token))}`
    const proof = `${signed}.${Buffer.alloc(384, 7).toString('base64url')}`
    t.same(await show(app, token, proof), proofRefused('jwk is not a key for alg'))
  }
})
