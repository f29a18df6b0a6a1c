import { must, type OptionCheck, optional } from '@latchkey/guard'
import { isFetchable, isJwkSet } from '@latchkey/issuer'
import { isListOf, mustBeAlgorithms } from './algorithms-option.ts'
import { dpopModes } from './dpop/binding.ts'
import { faultInIntrospection } from './introspection/options.ts'
import { faultyMember, type MemberChecks, unknownMember } from './members.ts'
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

const MEMBERS: MemberChecks<TrustedIssuer> = {
  issuer: must('be the exact "iss" of its tokens, a non-empty string', isText),
  audience: must(
    "be this server's own identifier, a string or a list of strings (no pattern)",
    (value) => isText(value) || isListOf(isText, value)
  ),
  algorithms: optional(mustBeAlgorithms),
  jwks: optional(
    must(
      'be a JSON Web Key Set, a function that gives one, or what finds keys (remoteKeySet)',
      (value) => typeof value === 'function' || isFinder(value) || isJwkSet(value)
    )
  ),
  jwksUri: optional(must('be an https URL, or an http URL on loopback', isFetchable)),
  typ: optional(must("be 'at+jwt' or 'JWT'", (value) => value === 'at+jwt' || value === 'JWT')),
  // Checked below, together with its issuer.
  introspection: () => undefined,
  scopes: optional(must("be a function that reads the scopes out of a token's claims", isFunction)),
  isRevoked: optional(
    must('be a function that says whether the claims of a token are those of a revoked one', isFunction)
  ),
  dpop: optional(must("be 'required', 'allowed' or 'refused'", (value) => dpopModes.some((mode) => mode === value)))
}

function faultIn(entry: unknown, at: string): string | undefined {
  if (typeof entry !== 'object' || entry === null) return `${at} must be an object with issuer and audience`
  const members = entry as Partial<Record<string, unknown>> // each member is checked here
  const { issuer, jwks, jwksUri, introspection } = members
  const fault =
    faultyMember(entry, MEMBERS, at) ??
    (introspection === undefined ? undefined : faultBesideIntrospection(members, at))
  if (fault !== undefined) return fault
  if (jwks !== undefined && jwksUri !== undefined) return `${at}.jwksUri cannot stand beside jwks: choose one of them`
  const isSilent = jwks === undefined && jwksUri === undefined && introspection === undefined
  if (isSilent && !isDiscoverable(issuer)) {
    return `${at}.issuer must be an https URL without a query for its keys to be discovered, or give it jwks or jwksUri`
  }
  return mayHaveMore(entry, members) ? undefined : unknownMember(entry, MEMBERS, at)
}

// An `app.tokenEndpoint` has `issue` and `jwks()`; its other members are ignored here. An instance of a class with a function
// `jwks` or with `isRevoked` may have its own state. Any other object needs no other members.
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
  const { find, holds } = Object(value) as { find?: unknown; holds?: unknown } // any value can be destructured this way
  return !Array.isArray(value) && typeof find === 'function' && (holds === undefined || typeof holds === 'function')
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
