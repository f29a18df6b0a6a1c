import { createPublicKey } from 'node:crypto'
import { rejectsLike } from '@latchkey/exact'
import { type Authenticator, InvalidTokenError } from '@latchkey/guard'
import testing, { assertRefusesForgeries, type TestIssuer, testIssuer } from '@latchkey/testing'
import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { AUDIENCE, server } from './fixtures/server.ts'

/** Verifies a token, with a mistake. */
type Verify = (token: string, issuer: TestIssuer) => Promise<JWTPayload>

const CORRECT: JWTVerifyOptions = {
  issuer: 'https://issuer.test',
  audience: AUDIENCE,
  typ: 'at+jwt',
  algorithms: ['ES256'],
  requiredClaims: ['exp', 'sub', 'iss', 'aud']
}

/** A verification by jose without some of its options. */
function without(...names: (keyof JWTVerifyOptions)[]): Verify {
  return async (token, { jwks }) => {
    const options = Object.fromEntries(
      Object.entries(CORRECT).filter(([name]) => !names.includes(name as keyof JWTVerifyOptions))
    )
    const payload = await verified(token, jwks().keys[0] ?? {}, options)
    if (payload.cnf !== undefined) throw new Error('bound')
    return payload
  }
}

async function verified(token: string, jwk: object, options: JWTVerifyOptions): Promise<JWTPayload> {
  // Cast: a JWK of a test.
  return (await jwtVerify(token, await importJWK(jwk as never, 'ES256'), options)).payload
}

const shown = (name: string): string => `token: ${name}`

for (const { name, verify, found } of [
  {
    name: 'believes alg none',
    verify: async (token, issuer) => {
      if (String(decodeProtectedHeader(token).alg).toLowerCase() === 'none') return decodeJwt(token)
      return without()(token, issuer)
    },
    found: ['alg none', 'alg None', 'alg NONE', 'alg nOnE', 'alg none with a signature']
  },
  {
    name: 'takes the public key for the secret of an HMAC',
    verify: async (token, issuer) => {
      if (decodeProtectedHeader(token).alg !== 'HS256') return without()(token, issuer)
      const key = createPublicKey({ key: issuer.jwks().keys[0] ?? {}, format: 'jwk' })
      const pem = key.export({ type: 'spki', format: 'pem' })
      return (await jwtVerify(token, Buffer.from(pem), { ...CORRECT, algorithms: ['HS256'] })).payload
    },
    found: ['HS256 with the public key as PEM']
  },
  {
    name: 'trusts the key in the token',
    verify: async (token, issuer) => {
      const { jwk } = decodeProtectedHeader(token)
      return jwk === undefined ? without()(token, issuer) : verified(token, jwk, CORRECT)
    },
    found: ['an embedded jwk', 'an embedded jwk, and no kid']
  },
  {
    name: 'does not check the issuer',
    verify: without('issuer'),
    found: ['another issuer', 'the issuer with a slash more', 'the issuer in a list']
  },
  {
    name: 'does not check the audience',
    verify: without('audience'),
    found: [
      'another audience',
      'the audience with a slash more',
      'a part of the audience',
      'an empty list of audiences'
    ]
  },
  {
    name: 'does not check the type',
    verify: without('typ'),
    found: [
      'an ID token',
      'a logout token',
      'a DPoP proof',
      'a refresh token',
      'a JWT that is not marked as an access token'
    ]
  },
  {
    name: 'does not require an expiry',
    verify: async (token, { jwks }) =>
      verifiedUnbound(token, jwks, { ...CORRECT, requiredClaims: ['sub', 'iss', 'aud'] }),
    found: ['no exp']
  },
  {
    name: 'does not check times',
    verify: async (token, { jwks }) => {
      const longAgo = new Date(decodeNumber(token) * 1000)
      return verifiedUnbound(token, jwks, { ...CORRECT, currentDate: longAgo, clockTolerance: 10_000 })
    },
    found: ['expired', 'not yet valid', 'issued in the future']
  },
  {
    name: 'accepts bound tokens',
    verify: async (token, { jwks }) => verified(token, jwks().keys[0] ?? {}, CORRECT),
    found: ['a token that is bound to a key']
  },
  {
    name: 'reads the token from the URL',
    verify: without(),
    url: true,
    found: ['in the URL']
  }
] as const satisfies readonly { name: string; verify: Verify; url?: boolean; found: readonly string[] }[]) {
  t.test(`a verifier that ${name} is found`, async (t) => {
    const passed = await passing(t, verify, name === 'reads the token from the URL')
    const missed = found.map(shown).filter((each) => !passed.includes(each))
    t.same(missed, [])
    t.ok(passed.length < 10, 'and few others get through')
  })
}

async function verifiedUnbound(
  token: string,
  jwks: TestIssuer['jwks'],
  options: JWTVerifyOptions
): Promise<JWTPayload> {
  const payload = await verified(token, jwks().keys[0] ?? {}, options)
  if (payload.cnf !== undefined) throw new Error('bound')
  return payload
}

function decodeNumber(token: string): number {
  const { nbf, iat } = decodeJwt(token)
  return Math.max(nbf ?? 0, iat ?? 0)
}

/** Returns the names of the forgeries that got through a server whose verifier has a mistake. */
async function passing(t: Test, verify: Verify, inUrl: boolean): Promise<readonly string[]> {
  const issuer = testIssuer({ audience: AUDIENCE })
  const weak: Authenticator = {
    scheme: 'weak',
    challenge: 'Bearer',
    ambient: false,
    header: 'Authorization',
    // Before @latchkey/bearer, which the package reads the issuers from.
    specific: true,
    securitySchemes: {},
    async authenticate({ headers: { authorization }, url }) {
      const sent = inUrl ? /access_token=([^&]+)/.exec(url)?.[1] : undefined
      const token = authorization?.replace('Bearer ', '') ?? sent
      if (token === undefined) return null
      const claims = await verify(token, issuer).catch(() => null)
      if (!claims || typeof claims.sub !== 'string' || claims.sub === '')
        throw new InvalidTokenError('The token is not valid')
      return { subject: claims.sub, issuer: null, scopes: new Set(['items:read']), claims: {}, authenticatedAt: null }
    }
  }
  const app = await server(t, { bearer: { issuers: [issuer] }, more: async (app) => app.guard.addAuthenticator(weak) })
  try {
    await assertRefusesForgeries(app, { url: '/items' })
    return []
  } catch (error) {
    // Cast: an AssertionError with the list.
    return (error as { actual: string[] }).actual.map((text) => text.replace(/: 200$/, ''))
  }
}

t.test('an authenticator that believes unsealed cookies is found', async (t) => {
  const weak: Authenticator = {
    scheme: 'weak',
    challenge: null,
    ambient: true,
    header: 'Cookie',
    securitySchemes: {},
    authenticate({ headers: { cookie = '' } }) {
      const value = cookie.replace(/^__Host-session=/, '')
      for (const text of [decodeURIComponent(value), Buffer.from(value, 'base64url').toString()]) {
        if (!text.startsWith('{') || !text.endsWith('}')) continue
        // Cast: the mistake of this server.
        const { sub } = JSON.parse(text) as { sub: string }
        return { subject: sub, issuer: null, scopes: new Set(['items:read']), claims: {}, authenticatedAt: null }
      }
      return null
    }
  }
  const app = await server(t, { session: {}, more: async (app) => app.guard.addAuthenticator(weak) })
  await app.register(testing)
  await rejectsLike(t, assertRefusesForgeries(app, { url: '/items' }), {
    actual: ['cookie: the content as JSON: 200', 'cookie: the content as base64url: 200']
  })
})
