import { InvalidOptionError, type OptionCheck } from '@latchkey/guard'
import { importKeys, isJwkSet, type JwkSet, signatureAlgorithms } from '@latchkey/issuer'
import { type KeyLookup, lookupFrom, lookupIn } from './key-lookup.ts'

/**
 * Somebody whose access tokens are honoured. A token endpoint of this very server can stand here itself. In one
 * without functions, members that are not named here are refused: a restriction whose name is misspelt would restrict nothing.
 */
export interface TrustedIssuer {
  /** The exact value of the tokens' `iss`: no trailing slash is added or taken away. */
  readonly issuer: string
  /** What `aud` must contain: this server's own identifier, or several that it goes by. Never a pattern. */
  readonly audience: string | readonly string[]
  /**
   * The signature algorithms that this issuer may use, by their JWS names. Default: each key for the algorithm that
   * its `alg` names, and keys without `alg` not at all.
   */
  readonly algorithms?: readonly string[]
  /**
   * The issuer's public keys, or a function that gives them. The function is called for each token: it should answer
   * from memory, with the same object as long as nothing has changed. When it throws, the answer is 503.
   */
  readonly jwks: JwkSet | (() => JwkSet | Promise<JwkSet>)
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
}

/** A trusted issuer with its keys within reach. */
export interface Issuer {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly algorithms: ReadonlySet<string>
  readonly lookup: KeyLookup
  readonly isRevoked: (claims: Readonly<Record<string, unknown>>) => boolean
}

/** The check of the `issuers` option. */
export const mustBeIssuers: OptionCheck = (value) => {
  if (!Array.isArray(value) || value.length === 0) return 'must be a list of at least one trusted issuer'
  const fault = value.map((entry: unknown, at) => faultIn(entry, `[${at}]`)).find((found) => found !== undefined)
  if (fault !== undefined) return fault
  const names = value.map(({ issuer }: TrustedIssuer) => issuer)
  const twice = names.findIndex((name, at) => names.indexOf(name) !== at)
  return twice === -1 ? undefined : `[${twice}].issuer is that of an earlier entry: merge the two`
}

/**
 * The issuers by their names, with given keys imported.
 *
 * @throws InvalidOptionError when the keys given for an issuer cannot verify anything
 */
export async function trustIssuers(trusted: readonly TrustedIssuer[]): Promise<ReadonlyMap<string, Issuer>> {
  const issuers = new Map<string, Issuer>()
  for (const [at, entry] of trusted.entries()) issuers.set(entry.issuer, await trust(entry, at))
  return issuers
}

async function trust(entry: TrustedIssuer, at: number): Promise<Issuer> {
  const algorithms = entry.algorithms ? [...entry.algorithms] : null
  return Object.freeze({
    issuer: entry.issuer,
    audience: Object.freeze([entry.audience].flat()),
    algorithms: new Set(algorithms ?? signatureAlgorithms.keys()),
    lookup: await lookupFor(entry, algorithms, at),
    isRevoked: revocationsOf(entry)
  })
}

function revocationsOf(entry: TrustedIssuer): Issuer['isRevoked'] {
  const { isRevoked } = entry
  if (isRevoked === undefined) return () => false
  return (claims) => {
    // What is no boolean, such as the promise of one, says nothing.
    const answer: unknown = isRevoked.call(entry, claims)
    return answer !== false
  }
}

async function lookupFor(entry: TrustedIssuer, algorithms: readonly string[] | null, at: number): Promise<KeyLookup> {
  const { jwks } = entry
  if (typeof jwks === 'function') return lookupFrom(() => jwks.call(entry), algorithms)
  const keys = await importKeys(jwks.keys, algorithms)
  if (keys.length > 0) return lookupIn(keys)
  const fix = 'holds no public key for the algorithms of this issuer: give each key its "alg", or name "algorithms"'
  throw new InvalidOptionError('@latchkey/bearer', 'issuers', `[${at}].jwks ${fix}`)
}

function faultIn(entry: unknown, at: string): string | undefined {
  if (typeof entry !== 'object' || entry === null) return `${at} must be an object with issuer, audience and jwks`
  const { issuer, audience, algorithms, jwks, isRevoked } = entry as Record<string, unknown> // each is checked here
  if (!isText(issuer)) return `${at}.issuer must be the exact "iss" of its tokens, a non-empty string`
  if (!isText(audience) && !isListOf(isText, audience)) {
    return `${at}.audience must be this server's own identifier, a string or a list of strings (no pattern)`
  }
  if (algorithms !== undefined && !isListOf(isAlgorithm, algorithms)) {
    return `${at}.algorithms must be a list out of ${[...signatureAlgorithms.keys()].join(', ')}`
  }
  if (typeof jwks !== 'function' && !isJwkSet(jwks)) {
    return `${at}.jwks must be a JSON Web Key Set or a function that gives one`
  }
  if (isRevoked !== undefined && typeof isRevoked !== 'function') {
    return `${at}.isRevoked must be a function that says whether the claims of a token are those of a revoked one`
  }
  // An object that answers questions may have a state of its own. One that is all data has no use for it.
  const isData = typeof jwks !== 'function' && isRevoked === undefined
  const unknown = isData ? Object.keys(entry).find((name) => !MEMBERS.includes(name)) : undefined
  return unknown === undefined ? undefined : `${at}.${unknown} does not exist: the members are ${MEMBERS.join(', ')}`
}

const MEMBERS = ['issuer', 'audience', 'algorithms', 'jwks', 'isRevoked']

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isAlgorithm(value: unknown): boolean {
  return isText(value) && signatureAlgorithms.has(value)
}

function isListOf(isMember: (value: unknown) => boolean, value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isMember)
}
