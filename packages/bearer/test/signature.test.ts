import { generateKeyPairSync, webcrypto } from 'node:crypto'
import type { JWK } from 'jose'
import t from 'tap'
import { bound, show, tokenRefused } from './fixtures/dpop.ts'
import { issuer } from './fixtures/issuer.ts'
import { honoured, notValid, present, serve } from './fixtures/server.ts'

const { subtle } = webcrypto
const NOT_FITTING = notValid('the key is not for the algorithm')

/** An RSA key without the members that tie it to an algorithm. */
function bare({ kty = '', n = '', e = '' }: JWK): webcrypto.JsonWebKey {
  return { kty, n, e }
}

const rsa = (hash: string, name = 'RSASSA-PKCS1-v1_5') => ({ name, hash: { name: hash } })

for (const [name, algorithm] of [
  ['of another hash', rsa('SHA-384')],
  ['of another padding', rsa('SHA-256', 'RSA-PSS')],
  ['of a hash that no algorithm has', rsa('SHA-1')],
  ['for encryption', rsa('SHA-256', 'RSA-OAEP')]
] as const) {
  t.test(`refuses a token when the key source returns a key ${name} (SEC-42, SEC-43)`, async (t) => {
    const { trusted, jwk, sign } = await issuer('RS256')
    const usage = algorithm.name === 'RSA-OAEP' ? 'encrypt' : 'verify'
    const key = await subtle.importKey('jwk', bare(jwk), algorithm, true, [usage])
    const app = await serve(t, { issuers: [{ ...trusted, jwks: { find: () => key } }] })
    t.same(await present(app, await sign()), NOT_FITTING)
  })
}

t.test(
  'refuses a token when the key source returns a key that is private, weak, symmetric or cannot verify (SEC-43)',
  async (t) => {
    const { trusted, jwk, privateKey, sign } = await issuer('RS256')
    const weak = bare(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }))
    const keys = [
      privateKey,
      await subtle.importKey('jwk', weak, rsa('SHA-256'), true, ['verify']),
      await subtle.importKey('raw', Buffer.alloc(32), { name: 'HMAC', hash: 'SHA-256' }, true, ['verify']),
      await subtle.importKey('jwk', bare(jwk), rsa('SHA-256'), true, [])
    ]
    for (const key of keys) {
      const app = await serve(t, { issuers: [{ ...trusted, jwks: { find: () => key } }] })
      t.same(await present(app, await sign()), NOT_FITTING)
    }
    const fitting = await subtle.importKey('jwk', bare(jwk), rsa('SHA-256'), true, ['verify'])
    const app = await serve(t, { issuers: [{ ...trusted, jwks: { find: () => fitting } }] })
    t.same(await present(app, await sign()), honoured)
  }
)

t.test('refuses a forged token that comes with a proof, as a token and not as a proof (SEC-42, SEC-76)', async (t) => {
  const { app, token, prove } = await bound(t, { dpop: 'required' })
  const [head, claims, signature = ''] = token.split('.')
  const forged = `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
  const proof = await prove(forged)
  t.same(await show(app, forged, proof), tokenRefused('the signature is wrong'))
  t.same(await show(app, token, await prove(token)), honoured)
})
