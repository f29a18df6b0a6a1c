import type { Authentication } from '@latchkey/guard'
import { RegistrationError } from '@latchkey/options'
import {
  type IssuerLog,
  importKeys,
  issuerMetadata,
  type JwkSet,
  type KeySource,
  remoteKeySet,
  signatureAlgorithms
} from '@latchkey/issuer'
import { disregard } from './disregard.ts'
import type { DpopMode } from './dpop/binding.ts'
import type { IntrospectionOptions } from './introspection/options.ts'
import { givenKeys, suppliedKeys } from './key-source.ts'
import { rolesIn } from './roles.ts'
import { mappedScopes, readScopes, readScopesIfAny } from './scopes.ts'
import type { TokenType } from './access-token/token-type.ts'

/**
 * An issuer whose access tokens are accepted.
 *
 * Its keys come from `jwks`, from `jwksUri`, or, without both, from the metadata of the issuer. With `introspection` no keys
 * are needed.
 *
 * A token endpoint of this server is also a trusted issuer: `issuers: [app.tokenEndpoint]`. An object with the functions
 * `issue` and `jwks` counts as a token endpoint and may have other members. An instance of a class may have other members if
 * its `jwks` is a function or if it has `isRevoked`. In every other object, an unknown member is refused: a restriction with a
 * misspelt name would restrict nothing.
 *
 * @example
 * ```ts
 * const issuer: TrustedIssuer = {
 *   issuer: 'https://login.example.com',
 *   audience: 'https://api.example.com',
 *   jwksUri: 'https://login.example.com/keys'
 * }
 * ```
 */
export interface TrustedIssuer {
  /**
   * The exact `iss` of the tokens. No trailing slash is added or removed. If the keys are discovered, it must be an https URL,
   * or an http URL on loopback.
   */
  readonly issuer: string
  /**
   * The accepted audiences: `aud` must contain one of them. One identifier of this server, or a list of them. Never a pattern.
   */
  readonly audience: string | readonly string[]
  /**
   * The signature algorithms that this issuer may use, by their JWS names. Default: each key is used for the algorithm in its
   * `alg`. A key without `alg` is used for the algorithm of its curve, and an RSA key for RS256. An issuer that signs with
   * PS256 and publishes no `alg` therefore needs this option.
   */
  readonly algorithms?: readonly string[]
  /**
   * The public keys of the issuer. Either a key set, or a function that returns one, or an object that finds keys, such as
   * `remoteKeySet()` of `@latchkey/issuer` with its own options. The function is called for each token. It should answer from
   * memory, without a promise, and return the same object while nothing has changed. If it throws or returns no key set, the
   * answer is 503.
   */
  readonly jwks?: JwkSet | (() => JwkSet | Promise<JwkSet>) | KeySource
  /**
   * The URL of the issuer's public keys, if it is not the one in its metadata: an https URL, or an http URL on loopback. The
   * keys are fetched when the first token arrives and stay in use during outages. If no key can be fetched, the answer is 503.
   */
  readonly jwksUri?: string
  /**
   * The `typ` of the issuer's tokens. `'at+jwt'` (default): the tokens are marked as access tokens, as RFC 9068 requires.
   * `'JWT'`: the tokens are marked as `JWT`, or not marked. A token that looks like another kind of token, for example by a
   * `nonce` or an `at_hash`, is then refused. This does not detect every ID token. Therefore `audience` must be a name that the
   * issuer uses for this API alone: the audience of an ID token is a `client_id`.
   */
  readonly typ?: TokenType
  /**
   * Introspection: the server asks the issuer about a token instead of verifying it with a key. It applies to opaque tokens,
   * that is tokens that are not a JWS, and to JWSs whose `iss` is this issuer. At most one issuer can have this option: an
   * opaque token does not name its issuer.
   */
  readonly introspection?: IntrospectionOptions
  /**
   * Returns the scopes of a token from its verified claims. It is not called again while the token is remembered. Values that
   * are not scope tokens by RFC 6749 §3.3 are ignored. Default: the claim `scope`, or if there is none `scp`, as a string or a
   * list.
   */
  readonly scopes?: (claims: Authentication['claims']) => Iterable<string>
  /**
   * The claim with the roles of the subject, such as `roles`: a list of texts, or one text. For the guard's option `roles`. A token
   * without the claim has no role, and so no scope. A token without `scope` and `scp` carries all scopes that its roles give.
   * Default: no claim gives roles.
   *
   * @example rolesClaim: 'roles'
   */
  readonly rolesClaim?: string
  /**
   * Returns whether a token was revoked before it expired. It is called on each request, after all other checks of the token.
   * It must answer from memory, without a promise. The token is accepted only if it returns `false`. If the answer is not
   * available now, throw `UnavailableError` of `@latchkey/guard` for a 503; any other error is a 500. Default: no token is
   * revoked.
   *
   * Store revoked tokens by `jti`, or by `sub` and `iat`. Do not store them by the token or by its hash: with ECDSA, the holder
   * of a token can give it a second valid signature.
   */
  readonly isRevoked?: (claims: Readonly<Record<string, unknown>>) => boolean
  /**
   * Whether the tokens of this issuer are bound to a key of the client (DPoP). The client proves on each request that it has
   * the key. `'required'`: every token is bound. `'allowed'`: a token with `cnf` is bound. `'refused'` (default): no token is
   * bound. A bound token is never accepted as a bearer token.
   */
  readonly dpop?: DpopMode
}

/** A trusted issuer with the source of its keys. */
export interface Issuer {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly algorithms: ReadonlySet<string>
  readonly typ: TokenType
  readonly keys: KeySource
  readonly introspection: IntrospectionOptions | undefined
  readonly scopes: (claims: Authentication['claims']) => ReadonlySet<string> | null
  /** `null` if no claim of this issuer gives roles. */
  readonly roles: ((claims: Authentication['claims']) => readonly string[]) | null
  readonly isRevoked: (claims: Readonly<Record<string, unknown>>) => boolean
  readonly dpop: DpopMode
}

/**
 * Returns the issuers by their names, with given keys imported. Does not fetch anything.
 *
 * @throws RegistrationError when the keys given for an issuer cannot verify anything
 */
export async function trustIssuers(
  trusted: readonly TrustedIssuer[],
  log: IssuerLog
): Promise<ReadonlyMap<string, Issuer>> {
  const issuers = new Map<string, Issuer>()
  for (const [at, entry] of trusted.entries()) issuers.set(entry.issuer, await trust(entry, at, log))
  return issuers
}

async function trust(entry: TrustedIssuer, at: number, log: IssuerLog): Promise<Issuer> {
  const algorithms = entry.algorithms ? [...entry.algorithms] : null
  return Object.freeze({
    issuer: entry.issuer,
    audience: Object.freeze([entry.audience].flat()),
    algorithms: new Set(algorithms ?? signatureAlgorithms.keys()),
    typ: entry.typ ?? 'at+jwt',
    keys: await keysOf(entry, algorithms, at, log),
    introspection: entry.introspection,
    scopes: entry.scopes ? mappedScopes(entry.scopes.bind(entry)) : entry.rolesClaim ? readScopesIfAny : readScopes,
    roles: entry.rolesClaim === undefined ? null : rolesIn(entry.rolesClaim),
    isRevoked: revocationsOf(entry),
    dpop: entry.dpop ?? 'refused'
  })
}

function revocationsOf(entry: TrustedIssuer): Issuer['isRevoked'] {
  const { isRevoked } = entry
  if (isRevoked === undefined) return () => false
  return (claims) => {
    const answer: unknown = isRevoked.call(entry, claims)
    if (typeof answer === 'boolean') return answer
    // Not a boolean, for example a promise: treat the token as revoked.
    disregard(answer)
    return true
  }
}

async function keysOf(
  entry: TrustedIssuer,
  algorithms: readonly string[] | null,
  at: number,
  log: IssuerLog
): Promise<KeySource> {
  const { issuer, jwks, jwksUri, introspection } = entry
  // Tokens of this issuer are introspected, so there is no key to verify them with.
  if (introspection !== undefined) return givenKeys([])
  if (jwks === undefined) {
    const published = jwksUri ?? discovered(issuer, log)
    return remoteKeySet(published, { log, algorithms: algorithms ?? undefined })
  }
  if (typeof jwks === 'function') return suppliedKeys(() => jwks.call(entry), algorithms)
  if ('find' in jwks) return jwks
  const keys = await importKeys(jwks.keys, algorithms)
  if (keys.length > 0) return givenKeys(keys)
  throw new RegistrationError(
    '@latchkey/bearer',
    `issuers[${at}].jwks has no public key for the algorithms of this issuer. Fix: name others in algorithms, or give other keys`
  )
}

function discovered(issuer: string, log: IssuerLog): () => Promise<string> {
  const metadata = issuerMetadata(issuer, { log })
  return () => metadata.endpoint('jwks_uri')
}
