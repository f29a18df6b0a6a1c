import { InvalidTokenError, UnavailableError } from '@latchkey/guard'
import t from 'tap'
import { like } from '@latchkey/exact'
import { claims, issuer } from './fixtures/issuer.ts'
import { ask, honoured, notValid, present, serve } from './fixtures/server.ts'

const revoked = notValid('the token is revoked')

t.test('refuses a revoked token, and passes the verified claims to isRevoked', async (t) => {
  const { trusted, sign } = await issuer()
  const asked: unknown[] = []
  const isRevoked = (given: Readonly<Record<string, unknown>>): boolean => {
    asked.push(given)
    return given.jti === 'f3c1'
  }
  const app = await serve(t, { issuers: [{ ...trusted, isRevoked }] })
  t.same(await present(app, await sign()), revoked)
  t.same(await present(app, await sign({ jti: 'f3c2' })), honoured)
  t.same(asked, [claims, { ...claims, jti: 'f3c2' }])
  const authorization = `Bearer ${await sign()}`
  t.same(await ask(app, { url: '/open', headers: { authorization } }), revoked, 'on an open route too')
})

t.test('does not call isRevoked for an invalid token (SEC-92)', async (t) => {
  const { trusted, sign } = await issuer()
  const stranger = await issuer()
  const isRevoked = (): boolean => {
    throw new Error('asked')
  }
  const app = await serve(t, { issuers: [{ ...trusted, isRevoked }] })
  like(t, await present(app, await stranger.sign()), { status: 401 })
  like(t, await present(app, await sign({ exp: 1 })), { status: 401 })
})

t.test('calls isRevoked as a method of the issuer that the token names', async (t) => {
  const one = await issuer()
  const two = await issuer('ES256', 'https://second.example.com')
  class Denylist {
    readonly issuer = one.trusted.issuer
    readonly audience = one.trusted.audience
    readonly jwks = one.trusted.jwks
    readonly jti = 'f3c1'
    isRevoked(given: Readonly<Record<string, unknown>>): boolean {
      return given.jti === this.jti
    }
  }
  const app = await serve(t, { issuers: [new Denylist(), two.trusted] })
  t.same(await present(app, await one.sign()), revoked)
  t.same(await present(app, await two.sign()), honoured)
})

for (const [name, answer] of Object.entries({
  nothing: undefined,
  null: null,
  zero: 0,
  'an empty text': '',
  'a promise of false': () => Promise.resolve(false),
  'a promise that rejects': () => Promise.reject(new Error('down'))
})) {
  t.test(`accepts a token only when isRevoked answers false, not ${name} (SEC-68)`, async (t) => {
    const { trusted, sign } = await issuer()
    // Only a JavaScript function can return this.
    const isRevoked = (): boolean => (typeof answer === 'function' ? answer() : answer) as unknown as boolean
    const app = await serve(t, { issuers: [{ ...trusted, isRevoked }] })
    t.same(await present(app, await sign()), revoked)
  })
}

t.test('answers 503 when isRevoked is unavailable, and 500 when it fails otherwise (SEC-68)', async (t) => {
  const { trusted, sign } = await issuer()
  for (const [thrown, status] of [
    [new UnavailableError('Not now', { retryAfter: 7 }), 503],
    [new Error('broken'), 500],
    [new InvalidTokenError('Taken back'), 401]
  ] as const) {
    const isRevoked = (): boolean => {
      throw thrown
    }
    const app = await serve(t, { issuers: [{ ...trusted, isRevoked }] })
    const answer = await app.inject({ url: '/me', headers: { authorization: `Bearer ${await sign()}` } })
    t.equal(answer.statusCode, status)
    t.equal(answer.headers['retry-after'], status === 503 ? '7' : undefined)
    t.equal('www-authenticate' in answer.headers, status !== 503)
  }
})

t.test('refuses every changed text of a revoked token (SEC-49)', async (t) => {
  const signer = await issuer()
  const app = await serve(t, { issuers: [{ ...signer.trusted, isRevoked: ({ jti }) => jti === 'f3c1' }] })
  const token = await signer.sign()
  t.same(await present(app, token), revoked)
  t.same(await present(app, await otherSignature(token)), revoked, 'the other valid signature')
  t.same(await present(app, await signer.sign()), revoked, 'signed again')
  for (const [name, changed] of Object.entries(changes(token))) {
    const { status } = await present(app, changed)
    t.ok(status === 400 || status === 401, name, { status })
  }
  t.same(await present(app, await signer.sign({ jti: 'f3c2' })), honoured, 'other tokens are accepted')
})

// ECDSA: for every signature (r, s) of a message, (r, n - s) is a valid signature too.
async function otherSignature(token: string): Promise<string> {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const [header = '', payload = '', signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const other = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const s = Buffer.from(other.toString(16).padStart(64, '0'), 'hex')
  return [header, payload, Buffer.concat([bytes.subarray(0, 32), s]).toString('base64url')].join('.')
}

function changes(token: string): Record<string, string> {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return {
    'with padding': `${token}==`,
    'in the other alphabet of base64': `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}=`,
    'with a stray bit at its end': `${header}.${payload}.${signature.slice(0, -1)}${nextOf(signature.at(-1) ?? '')}`,
    'with a line break': `${header}.${payload}\n.${signature}`,
    'with a header in another order': `${reversed(header)}.${payload}.${signature}`,
    'with a claim more': `${header}.${withClaim(payload)}.${signature}`
  }
}

function nextOf(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(character) ^ 1] ?? ''
}

function reversed(part: string): string {
  const members = Object.entries(JSON.parse(Buffer.from(part, 'base64url').toString()) as object).reverse()
  return Buffer.from(JSON.stringify(Object.fromEntries(members))).toString('base64url')
}

function withClaim(part: string): string {
  const claims = JSON.parse(Buffer.from(part, 'base64url').toString()) as object
  return Buffer.from(JSON.stringify({ ...claims, jti: 'f3c2' })).toString('base64url')
}
