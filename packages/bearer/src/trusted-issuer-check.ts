import type { OptionCheck } from '@latchkey/guard'
import { isFetchable, isJwkSet, signatureAlgorithms } from '@latchkey/issuer'
import { dpopModes } from './dpop/binding.ts'
import { faultInIntrospection } from './introspection-options.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

/** The check of the `issuers` option. */
export const mustBeIssuers: OptionCheck = (value) => {
  if (!Array.isArray(value) || value.length === 0) return 'must be a list of at least one trusted issuer'
  const fault = value.map((entry: unknown, at) => faultIn(entry, `[${at}]`)).find((found) => found !== undefined)
  if (fault !== undefined) return fault
  const names = value.map(({ issuer }: TrustedIssuer) => issuer)
  const twice = names.findIndex((name, at) => names.indexOf(name) !== at)
  if (twice !== -1) return `[${twice}].issuer is that of an earlier entry: merge the two`
  const [, second] = value.flatMap(({ introspection }: TrustedIssuer, at) => (introspection === undefined ? [] : [at]))
  if (second === undefined) return undefined
  return `[${second}].introspection is the second: an opaque token does not say which issuer to ask`
}

const MEMBERS: { readonly [Name in keyof Required<TrustedIssuer>]: (value: unknown) => string | undefined } = {
  issuer: (value) => (isText(value) ? undefined : 'must be the exact "iss" of its tokens, a non-empty string'),
  audience: (value) =>
    isText(value) || isListOf(isText, value)
      ? undefined
      : "must be this server's own identifier, a string or a list of strings (no pattern)",
  algorithms: (value) =>
    value === undefined || isListOf(isAlgorithm, value)
      ? undefined
      : `must be a list out of ${[...signatureAlgorithms.keys()].join(', ')}`,
  jwks: (value) =>
    value === undefined || typeof value === 'function' || isFinder(value) || isJwkSet(value)
      ? undefined
      : 'must be a JSON Web Key Set, a function that gives one, or what finds keys (remoteKeySet)',
  jwksUri: (value) =>
    value === undefined || isFetchable(value) ? undefined : 'must be an https URL, or an http URL on loopback',
  typ: (value) =>
    value === undefined || value === 'at+jwt' || value === 'JWT' ? undefined : "must be 'at+jwt' or 'JWT'",
  // Looked at below, with the issuer that it belongs to.
  introspection: () => undefined,
  scopes: mayBeFunction("must be a function that reads the scopes out of a token's claims"),
  isRevoked: mayBeFunction('must be a function that says whether the claims of a token are those of a revoked one'),
  dpop: (value) =>
    value === undefined || dpopModes.some((mode) => mode === value)
      ? undefined
      : "must be 'required', 'allowed' or 'refused'"
}

function faultIn(entry: unknown, at: string): string | undefined {
  if (typeof entry !== 'object' || entry === null) return `${at} must be an object with issuer and audience`
  const members = entry as Partial<Record<string, unknown>> // each is checked here
  for (const [name, check] of Object.entries(MEMBERS)) {
    const fault = check(members[name])
    if (fault !== undefined) return `${at}.${name} ${fault}`
  }
  const { issuer, jwks, jwksUri, introspection } = members
  const fault = introspection === undefined ? undefined : faultBesideIntrospection(members, at)
  if (fault !== undefined) return fault
  if (jwks !== undefined && jwksUri !== undefined) return `${at}.jwksUri cannot stand beside jwks: choose one of them`
  const isSilent = jwks === undefined && jwksUri === undefined && introspection === undefined
  if (isSilent && !isDiscoverable(issuer)) {
    return `${at}.issuer must be an https URL without a query for its keys to be discovered, or give it jwks or jwksUri`
  }
  const unknown = Object.keys(entry).find((name) => !Object.hasOwn(MEMBERS, name))
  if (unknown === undefined || mayHaveMore(entry, members)) return undefined
  return `${at}.${unknown} does not exist: the members are ${Object.keys(MEMBERS).join(', ')}`
}

// What issues the tokens and gives their keys is a token endpoint, with much to it that is not for here. An instance of a
// class that answers questions may have a state of its own. What somebody wrote down as it is has no use for more.
function mayHaveMore(entry: object, members: Partial<Record<string, unknown>>): boolean {
  const { jwks, isRevoked, issue } = members
  const prototype: unknown = Object.getPrototypeOf(entry)
  const isPlain = prototype === Object.prototype || prototype === null
  if (isPlain) return typeof jwks === 'function' && typeof issue === 'function'
  return typeof jwks === 'function' || isRevoked !== undefined
}

function faultBesideIntrospection(members: Partial<Record<string, unknown>>, at: string): string | undefined {
  const idle = OF_KEYS.find((name) => members[name] !== undefined)
  if (idle !== undefined) return `${at}.${idle} cannot stand beside introspection: no key is used`
  return faultInIntrospection(members['introspection'], `${at}.introspection`, isDiscoverable(members['issuer']))
}

const OF_KEYS = ['jwks', 'jwksUri', 'algorithms', 'typ']

function isDiscoverable(issuer: unknown): boolean {
  return isFetchable(issuer) && !issuer.includes('?')
}

function isFinder(value: unknown): boolean {
  const { find, holds } = Object(value) as { find?: unknown; holds?: unknown } // anything may be asked for members
  return !Array.isArray(value) && typeof find === 'function' && (holds === undefined || typeof holds === 'function')
}

function mayBeFunction(fault: string): (value: unknown) => string | undefined {
  return (value) => (value === undefined || typeof value === 'function' ? undefined : fault)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isAlgorithm(value: unknown): boolean {
  return isText(value) && signatureAlgorithms.has(value)
}

function isListOf(isMember: (value: unknown) => boolean, value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isMember)
}
