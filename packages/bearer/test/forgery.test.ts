import { createHmac, createPublicKey } from 'node:crypto'
import { SignJWT } from 'jose'
import t from 'tap'
import { like } from '@latchkey/exact'
import { AUDIENCE, claims, encode, issuer, NOW, signWith } from './fixtures/issuer.ts'
import { type Answer, honoured, malformed, notValid, present, serve } from './fixtures/server.ts'

const FORGED = notValid('the signature is wrong')
const NOT_ALLOWED = notValid('alg is not allowed for the issuer')
const NOT_A_TOKEN = malformed('not a compact JWS in canonical base64url')

t.test('refuses a token with the signature of another key', async (t) => {
  const { trusted } = await issuer()
  const stranger = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  t.same(await present(app, await stranger.sign()), FORGED)
})

t.test('refuses a token that one trusted issuer signs in the name of another (SEC-45)', async (t) => {
  const one = await issuer('ES256', 'https://one.example.com')
  const two = await issuer('ES256', 'https://two.example.com')
  const app = await serve(t, { issuers: [one.trusted, two.trusted] })
  t.same(await present(app, await one.sign()), honoured)
  t.same(await present(app, await one.sign({ iss: 'https://two.example.com' })), FORGED)
})

t.test('applies the audience and the algorithms of each issuer to its own tokens (SEC-42, SEC-45)', async (t) => {
  const one = await issuer('ES256', 'https://one.example.com')
  const two = await issuer('RS256', 'https://two.example.com')
  const audience = 'https://two.api.example.com'
  const app = await serve(t, {
    issuers: [
      { ...one.trusted, algorithms: ['ES256'] },
      { ...two.trusted, audience, algorithms: ['RS256'] }
    ]
  })
  t.same(await present(app, await two.sign({ aud: audience })), honoured)
  t.same(await present(app, await one.sign({ aud: audience })), notValid('aud does not contain this server'))
  t.same(await present(app, await two.sign({ iss: 'https://one.example.com' })), NOT_ALLOWED)
})

t.test('refuses the public key of an issuer as a shared secret, in every format (SEC-42)', async (t) => {
  const { trusted, jwk } = await issuer('RS256')
  const pem = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString()
  const secrets = {
    'as PEM': pem,
    'as PEM without its last line break': pem.trimEnd(),
    'as DER': createPublicKey(pem).export({ type: 'spki', format: 'der' }),
    'as JWK': JSON.stringify(jwk),
    'as its modulus': Buffer.from(String(jwk.n), 'base64url')
  }
  for (const [name, secret] of Object.entries(secrets)) {
    for (const bits of [256, 384, 512]) {
      const signed = `${encode({ alg: `HS${bits}`, typ: 'at+jwt', kid: 'RS256-1' })}.${encode(claims)}`
      const token = `${signed}.${createHmac(`sha${bits}`, secret).update(signed).digest('base64url')}`
      const derived = await serve(t, { issuers: [trusted] })
      t.same(await present(derived, token), NOT_ALLOWED, name)
      const named = await serve(t, { issuers: [{ ...trusted, algorithms: ['RS256'] }] })
      t.same(await present(named, token), NOT_ALLOWED, name)
    }
  }
})

for (const alg of ['none', 'None', 'NONE', 'noNE']) {
  t.test(`refuses an unsigned token with the algorithm ${alg} (SEC-42)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    const signed = `${encode({ alg, typ: 'at+jwt' })}.${encode(claims)}`
    t.same(await present(app, `${signed}.`), NOT_A_TOKEN)
    t.same(await present(app, signed), NOT_A_TOKEN)
    t.same(await present(app, `${signed}.${String((await sign()).split('.')[2])}`), NOT_ALLOWED)
  })
}

t.test('refuses a token with its own key, and uses only keys of the issuer (SEC-50)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const forger = await issuer()
  const url = 'https://evil.example/jwks'
  const sources = {
    jwk: forger.jwk,
    jku: url,
    x5u: url,
    x5c: ['MIIB'],
    x5t: 'AAAA',
    'x5t#S256': 'AAAA'
  }
  for (const [name, value] of Object.entries(sources)) {
    t.same(await present(app, await forger.sign({}, { [name]: value })), FORGED, name)
    t.same(await present(app, await forger.sign({}, { [name]: value, kid: undefined })), FORGED, name)
    const stranger = await forger.sign({}, { [name]: value, kid: 'forger' })
    t.same(await present(app, stranger), notValid('no key, or more than one key, matches the header'), name)
    t.same(
      await present(app, await sign({}, { [name]: value })),
      honoured,
      `${name} does not change the result of a valid token`
    )
  }
})

t.test('refuses a token with one changed character, at every position (SEC-48)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const token = await sign()
  t.same(await present(app, token), honoured)
  for (let at = 0; at < token.length; at += 7) {
    if (token[at] === '.') continue
    const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
    like(t, await present(app, changed), { status: 401, code: 'LATCHKEY_INVALID_TOKEN' }, `character ${at}`)
  }
})

t.test('refuses a token that is combined from two valid tokens', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const [header, payload] = (await sign({ sub: 'ada' })).split('.')
  const [, , signature] = (await sign({ sub: 'bob' })).split('.')
  t.same(await present(app, `${header}.${payload}.${signature}`), FORGED)
})

for (const [name, signature] of Object.entries({
  'a signature of zeros': Buffer.alloc(64),
  'a signature that is too short': Buffer.alloc(63, 1),
  'a signature that is too long': Buffer.alloc(65, 1),
  'a signature of one byte': Buffer.alloc(1, 1)
})) {
  t.test(`refuses a token with ${name}`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    const token = await sign()
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${signature.toString('base64url')}`
    t.same(await present(app, forged), FORGED)
  })
}

/** Other JWTs that the same issuer signs with the same key (RFC 8725 §2.8). */
const otherJwts: Readonly<Record<string, readonly [header: object, payload: object, answer: Answer]>> = {
  'an ID token': [{ typ: 'JWT' }, { ...claims, nonce: 'n', email: 'ada@example.com' }, notValid('typ is not at+jwt')],
  'an ID token without a type': [{ typ: undefined }, { ...claims, aud: 'web' }, notValid('typ is not at+jwt')],
  'an ID token with the type of an access token': [
    { typ: 'at+jwt' },
    { iss: claims.iss, sub: 'ada', aud: 'web', iat: NOW, exp: NOW + 60, nonce: 'n' },
    notValid('aud does not contain this server')
  ],
  'a logout token': [{ typ: 'logout+jwt' }, { ...claims, events: {} }, notValid('typ is not at+jwt')],
  'a refresh token': [{ typ: 'refresh+jwt' }, claims, notValid('typ is not at+jwt')],
  'a DPoP proof': [
    { typ: 'dpop+jwt' },
    { htm: 'GET', htu: AUDIENCE, iat: NOW, jti: 'j' },
    notValid('iss is not a trusted issuer')
  ],
  'an introspection response': [
    { typ: 'token-introspection+jwt' },
    { iss: claims.iss, aud: AUDIENCE, iat: NOW, token_introspection: claims },
    notValid('typ is not at+jwt')
  ],
  'a client assertion': [
    { typ: 'JWT' },
    { iss: 'web', sub: 'web', aud: AUDIENCE, exp: NOW + 60 },
    notValid('iss is not a trusted issuer')
  ],
  'an access token for another server': [
    { typ: 'at+jwt' },
    { ...claims, aud: 'https://other.example.com' },
    notValid('aud does not contain this server')
  ],
  'an access token without an audience': [
    { typ: 'at+jwt' },
    { ...claims, aud: undefined },
    notValid('aud does not contain this server')
  ]
}

for (const [name, [header, payload, answer]] of Object.entries(otherJwts)) {
  t.test(`does not accept ${name} as an access token of this server (SEC-44)`, async (t) => {
    const { trusted, privateKey } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    const bytes = Buffer.from(JSON.stringify(payload))
    const token = await signWith(privateKey, bytes, { alg: 'ES256', kid: 'ES256-1', ...header })
    t.same(await present(app, token), answer)
  })
}

t.test('does not accept an opaque token, such as a refresh token, as an access token (SEC-87)', async (t) => {
  const { trusted } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  for (const token of ['a'.repeat(43), 'rt_mF_9.B5f-4.1JqM', 'v1.MRjzQ8', '8xLOxBtZp8', '7f3c1e-42/+~.==']) {
    t.same(await present(app, token), NOT_A_TOKEN, token)
  }
})

t.test('accepts only one spelling of a token, so that a revoked token has no other spelling (SEC-49)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const token = await sign()
  const [header, payload, signature] = token.split('.') as [string, string, string]
  t.same(await present(app, token), honoured)
  const sameBytes = Buffer.from(signature, 'base64url')
  for (const copy of [
    `${token}=`,
    `${token}==`,
    `${token}.`,
    `${token.slice(0, -1)}${withUnusedBit(token.at(-1))}`,
    `${header}=.${payload}.${signature}`,
    `${header}.${payload}.${sameBytes.toString('base64')}`
  ]) {
    t.not(copy, token)
    like(t, await present(app, copy), { code: /^LATCHKEY_INVALID_(TOKEN|REQUEST)$/ }, copy.slice(-6))
  }
})

function withUnusedBit(last = ''): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet.charAt(alphabet.indexOf(last) + 1)
}

t.test('returns the same jti for both signatures that ECDSA allows (SEC-49)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const token = await sign()
  const twin = `${token.slice(0, token.lastIndexOf('.'))}.${negated(String(token.split('.')[2]))}`
  t.not(twin, token)
  const [one, other] = await Promise.all(
    [token, twin].map(async (text) =>
      (await app.inject({ url: '/me', headers: { authorization: `Bearer ${text}` } })).json()
    )
  )
  t.equal(one.claims.jti, 'f3c1')
  t.same(other, one)
})

/** The other valid signature of the same message under the same key: s becomes n - s (P-256). */
function negated(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url')
  const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
  const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  return Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]).toString(
    'base64url'
  )
}

t.test('accepts an RFC 9068 token that was signed with another library', async (t) => {
  const { trusted, privateKey } = await issuer('EdDSA')
  const app = await serve(t, { issuers: [trusted] })
  const token = await new SignJWT({ scope: '', client_id: 'web' })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'application/at+jwt' })
    .setIssuer(trusted.issuer)
    .setSubject('ada')
    .setAudience([AUDIENCE])
    .setIssuedAt(NOW)
    .setNotBefore(NOW)
    .setExpirationTime(NOW + 60)
    .setJti('1')
    .sign(privateKey)
  t.same(await present(app, token), honoured)
})
