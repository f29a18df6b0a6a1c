import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import * as o from '@latchkey/options'
import { type JWK, SignJWT } from 'jose'
import { refuseProduction } from './production.ts'
import { isSubject, loginTime } from './principal.ts'

/** The options of {@link testIssuer}. Only `audience` is required. */
export interface TestIssuerOptions {
  /** The identifier of the server under test: the `aud` of the tokens, and the `audience` that `@latchkey/bearer` requires. */
  readonly audience: string
  /** The `iss` of the tokens. Nothing is fetched from it. Default: `https://issuer.test`. */
  readonly issuer?: string | undefined
  /** The clock for the times in tokens, in milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** The content of a token that a {@link TestIssuer} signs. */
export interface TestToken {
  /** The `sub`. */
  readonly subject: string
  /** The `scope`. Default: none. */
  readonly scopes?: readonly string[] | undefined
  /** Further claims. The registered ones that the issuer writes cannot be replaced. Default: none. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** The `auth_time` in seconds since the epoch. Default or `null`: none, and the login is never recent. */
  readonly authenticatedAt?: number | null | undefined
  /** Seconds until the token expires, from 1. Default: 300. */
  readonly lifetime?: number | undefined
}

/** An issuer for the option `issuers` of `@latchkey/bearer`. Its key exists only in this process. */
export interface TestIssuer {
  readonly issuer: string
  readonly audience: string
  readonly algorithms: readonly string[]
  /** Returns the public key. Always the same object. In production it throws, and each token of this issuer is then refused. */
  readonly jwks: () => { readonly keys: JWK[] }
  /**
   * Signs an access token (RFC 9068).
   *
   * @throws RegistrationError for a wrong member
   *
   * @example const token = await issuer.issue({ subject: 'alice', scopes: ['items:read'] })
   */
  readonly issue: (token: TestToken) => Promise<string>
}

/** The private half of a {@link TestIssuer}. */
export interface TestKey {
  readonly alg: string
  readonly kid: string
  readonly privateKey: KeyObject
  readonly now: () => number
}

const NAME = 'testIssuer()'
const ALG = 'ES256'

// Keyed by the functions of the issuer, which survive `{ ...issuer, rolesClaim: 'roles' }` and `jwks: issuer.jwks`.
const keys = new WeakMap<object, TestKey>()

const schema = o.members({
  audience: o.text,
  issuer: o.optional(o.text, 'https://issuer.test'),
  now: o.clock
})

/** The claims that the issuer writes itself. */
const OWN_CLAIMS = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'scope', 'auth_time'])

const tokenSchema = o.members({
  subject: isSubject,
  scopes: o.optional(o.listOf('be a list of scopes', o.text)),
  claims: o.optional(
    o.must<Readonly<Record<string, unknown>>>(
      `be a plain object without ${[...OWN_CLAIMS].join(', ')}`,
      (value) => o.isRecord(value) && !Object.keys(value).some((name) => OWN_CLAIMS.has(name))
    )
  ),
  authenticatedAt: loginTime,
  lifetime: o.optional(o.integer(1, Number.POSITIVE_INFINITY, 'seconds'), 300)
})

/**
 * Makes an issuer of access tokens for tests, with a new key. Put it among the `issuers` of `@latchkey/bearer` when the server is
 * built: its tokens are then verified like all others, and no token is accepted without a valid signature. `as()` finds it
 * there. Does not listen on a port, and does not accept keys later.
 *
 * @throws RegistrationError when `NODE_ENV` is `production`, and for a wrong option
 *
 * @example
 * ```ts
 * const app = await build({ issuers: [testIssuer({ audience: 'https://api.example.com' })] })
 * ```
 */
export function testIssuer(options: TestIssuerOptions): TestIssuer {
  refuseProduction(NAME)
  const { audience, issuer, now } = o.checkOptions(NAME, schema, options)
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key: TestKey = { alg: ALG, kid: randomUUID(), privateKey, now }
  // Cast: an EC key exports as a JWK with `kty`.
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: key.kid, alg: ALG, use: 'sig' } as JWK
  const keySet = { keys: [jwk] }
  const made: TestIssuer = {
    issuer,
    audience,
    algorithms: [ALG],
    jwks() {
      refuseProduction(NAME)
      return keySet
    },
    issue: async (token) => signed(key, { issuer, audience, typ: 'at+jwt' }, token)
  }
  keys.set(made.jwks, key)
  keys.set(made.issue, key)
  return Object.freeze(made)
}

/** Returns the key of an entry of the option `issuers` that was made from a {@link TestIssuer}; `undefined` for any other. */
export function testKeyOf({ issue, jwks }: { readonly issue?: unknown; readonly jwks?: unknown }): TestKey | undefined {
  // Cast: WeakMap.get() accepts any value, and its type does not.
  return keys.get(issue as object) ?? keys.get(jwks as object)
}

/** Signs a valid token with a key of a test issuer. */
export async function signed(
  { alg, kid, privateKey, now }: TestKey,
  { issuer, audience, typ }: { readonly issuer: string; readonly audience: string; readonly typ: string },
  token: TestToken
): Promise<string> {
  const { subject, scopes, claims, authenticatedAt, lifetime } = o.checkOptions('issue()', tokenSchema, token)
  const iat = Math.floor(now() / 1000)
  return new SignJWT({
    ...claims,
    iss: issuer,
    sub: subject,
    aud: audience,
    client_id: 'latchkey-testing',
    iat,
    exp: iat + lifetime,
    jti: randomUUID(),
    ...(scopes && { scope: scopes.join(' ') }),
    ...(typeof authenticatedAt === 'number' && { auth_time: authenticatedAt })
  })
    .setProtectedHeader({ alg, kid, typ })
    .sign(privateKey)
}
