import { type Authentication, InvalidOptionError } from '@latchkey/guard'
import {
  type IssuerLog,
  importKeys,
  issuerMetadata,
  type JwkSet,
  remoteKeySet,
  signatureAlgorithms
} from '@latchkey/issuer'
import { disregard } from './disregard.ts'
import type { DpopMode } from './dpop/binding.ts'
import type { IntrospectionOptions } from './introspection/options.ts'
import { foundKeys, givenKeys, type KeyFinder, type KeySource, suppliedKeys } from './key-source.ts'
import { mappedScopes, readScopes } from './scopes.ts'
import type { TokenType } from './token-type.ts'

/**
 * Somebody whose access tokens are honoured. A token endpoint of this very server can stand here itself: what has the
 * functions `issue` and `jwks` is taken for one, and may have other members. In every other plain object, members that are not
 * named here are refused: a restriction whose name is misspelt would restrict nothing. An instance of a class may have a
 * state of its own where `jwks` is a function or it has `isRevoked`.
 *
 * Where the keys come from: `jwks`, `jwksUri`, or neither, for the keys that the issuer's own metadata names. With
 * `introspection` no keys are needed.
 */
export interface TrustedIssuer {
  /**
   * The exact value of the tokens' `iss`: no trailing slash is added or taken away. Where the keys are to be discovered it
   * must be an https URL, or an http URL on loopback.
   */
  readonly issuer: string
  /** What `aud` must contain: this server's own identifier, or several that it goes by. Never a pattern. */
  readonly audience: string | readonly string[]
  /**
   * The signature algorithms that this issuer may use, by their JWS names. Default: each key for the algorithm that its
   * `alg` names. A key without `alg` serves the algorithm of its curve, and an RSA key RS256: an issuer that signs with
   * PS256 and writes no `alg`, say, needs this option.
   */
  readonly algorithms?: readonly string[]
  /**
   * The issuer's public keys; or a function that gives them; or what finds them, such as `remoteKeySet()` of
   * `@latchkey/issuer` with options of its own. The function is called for each token: it should answer from memory, without
   * a promise and with the same object as long as nothing has changed. When it throws, or gives no key set, the answer is 503.
   */
  readonly jwks?: JwkSet | (() => JwkSet | Promise<JwkSet>) | KeyFinder
  /**
   * Where the issuer's public keys are, if not where its metadata says. Fetched when the first token comes and kept through
   * outages; what cannot be fetched makes 503. An https URL, or an http URL on loopback.
   */
  readonly jwksUri?: string
  /**
   * What the issuer says of the type of its tokens. `'at+jwt'` (default): that they are access tokens, as RFC 9068 wants.
   * `'JWT'`: for issuers that say no more than that, or nothing. Tokens that look like something else, by a `nonce` or an
   * `at_hash` say, are refused then; still, `audience` must be a name that the issuer gives this API alone: ID tokens are for
   * the `client_id`.
   */
  readonly typ?: TokenType
  /**
   * Asks the issuer about its tokens instead of verifying them with its keys: for opaque tokens, those that are no JWS, and for
   * JWSs that name this issuer. At most one issuer can have this: an opaque token does not say whose it is.
   */
  readonly introspection?: IntrospectionOptions
  /**
   * The scopes that a token carries, out of its verified claims: not asked again while the token is remembered. What is no
   * scope token by RFC 6749 §3.3 is left out. Default: `scope`, or else `scp`, be it a string or a list.
   */
  readonly scopes?: (claims: Authentication['claims']) => Iterable<string>
  /**
   * Whether this issuer, or whoever answers for it here, took a token back before its time. Asked for each token, once
   * everything else about it is verified; it has to answer from memory. Only `false` lets the token pass. When it cannot
   * be known now it should throw guard's `UnavailableError`, for the answer 503; whatever else it throws is a 500.
   * Default: no token is taken back.
   *
   * A list of revoked tokens is keyed by `jti`, or by `sub` and `iat`; never by the token or a hash of it: with ECDSA,
   * whoever holds a token can give it a second valid signature.
   */
  readonly isRevoked?: (claims: Readonly<Record<string, unknown>>) => boolean
  /**
   * Whether this issuer's tokens are bound to a key of their client's, which proves on each request that it has it (DPoP):
   * all of them (`'required'`), those that say so (`'allowed'`), or none (`'refused'`, the default). A token that is bound
   * to a key is never honoured as a bearer token, whatever this says.
   */
  readonly dpop?: DpopMode
}

/** A trusted issuer with its keys within reach. */
export interface Issuer {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly algorithms: ReadonlySet<string>
  readonly typ: TokenType
  readonly keys: KeySource
  readonly introspection: IntrospectionOptions | undefined
  readonly scopes: (claims: Authentication['claims']) => ReadonlySet<string>
  readonly isRevoked: (claims: Readonly<Record<string, unknown>>) => boolean
  readonly dpop: DpopMode
}

/**
 * The issuers by their names, with given keys imported. Fetches nothing.
 *
 * @throws InvalidOptionError when the keys given for an issuer cannot verify anything
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
    scopes: entry.scopes ? mappedScopes(entry.scopes.bind(entry)) : readScopes,
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
    // Such as the promise of one: it says nothing.
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
  // Its tokens are not verified here: whatever led one here all the same, it finds no key.
  if (introspection !== undefined) return givenKeys([])
  if (jwks === undefined) {
    const published = jwksUri ?? discovered(issuer, log)
    return foundKeys(remoteKeySet(published, { log, algorithms: algorithms ?? undefined }))
  }
  if (typeof jwks === 'function') return suppliedKeys(() => jwks.call(entry), algorithms)
  if ('find' in jwks) return foundKeys(jwks)
  const keys = await importKeys(jwks.keys, algorithms)
  if (keys.length > 0) return givenKeys(keys)
  const fix = 'holds no public key for the algorithms of this issuer: name others in "algorithms", or give other keys'
  throw new InvalidOptionError('@latchkey/bearer', 'issuers', `[${at}].jwks ${fix}`)
}

function discovered(issuer: string, log: IssuerLog): () => Promise<string> {
  const metadata = issuerMetadata(issuer, { log })
  return () => metadata.endpoint('jwks_uri')
}
