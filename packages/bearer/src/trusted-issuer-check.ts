import { algorithmNames, fetchableUrl, isIssuerUrl, isJwkSet } from '@latchkey/issuer'
import * as o from '@latchkey/options'
import { dpopModes } from './dpop/binding.ts'
import { introspectionOptions } from './introspection/options.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

const issuerMembers: o.MembersOf<TrustedIssuer> = {
  issuer: o.must('be the exact "iss" of its tokens, a non-empty string', o.isText),
  audience: o.either(
    Array.isArray,
    o.listOf("be this server's own identifier, a string or a list of strings (no pattern)", o.text, 1),
    o.must("be this server's own identifier, a string or a list of strings (no pattern)", o.isText)
  ),
  algorithms: o.optional(algorithmNames),
  jwks: o.optional(
    o.must<NonNullable<TrustedIssuer['jwks']>>(
      'be a JSON Web Key Set, a function that returns one, or an object that finds keys (remoteKeySet)',
      (value) => o.isFunction(value) || isFinder(value) || isJwkSet(value)
    )
  ),
  jwksUri: o.optional(fetchableUrl),
  typ: o.optional(o.oneOf('at+jwt', 'JWT')),
  introspection: o.optional(introspectionOptions),
  scopes: o.optional(o.aFunction<TrustedIssuer['scopes']>()),
  rolesClaim: o.optional(o.text),
  isRevoked: o.optional(o.aFunction<TrustedIssuer['isRevoked']>()),
  dpop: o.optional(o.oneOf(...dpopModes))
}

/** The schema of a trusted issuer. The object is not copied. */
export const trustedIssuer: o.Schema<TrustedIssuer> = o.either(
  mayHaveMore,
  o.shape<TrustedIssuer>(issuerMembers),
  o.asGiven<TrustedIssuer>(o.members(issuerMembers))
)

// An `app.tokenEndpoint` has `issue` and `jwks()`; its other members are ignored here. An instance of a class with a function
// `jwks` or with `isRevoked` may have its own state. Any other object needs no other members.
function mayHaveMore(value: unknown): boolean {
  if (!o.isObject(value)) return false
  const { jwks, isRevoked, issue } = value
  const prototype: unknown = Object.getPrototypeOf(value)
  const isPlain = prototype === Object.prototype || prototype === null
  if (isPlain) return o.isFunction(jwks) && o.isFunction(issue)
  return o.isFunction(jwks) || isRevoked !== undefined
}

/**
 * Checks the members of the issuers against each other.
 *
 * @throws RegistrationError naming the first member that cannot work, and the fix
 */
export function checkIssuers(caller: string, issuers: readonly TrustedIssuer[]): void {
  for (const [at, entry] of issuers.entries()) {
    const fault = faultIn(entry)
    if (fault !== undefined) throw new o.RegistrationError(caller, `issuers[${at}].${fault}`)
    if (issuers.findIndex(({ issuer }) => issuer === entry.issuer) !== at) {
      throw new o.RegistrationError(caller, `issuers[${at}].issuer is that of an earlier entry. Fix: merge the two`)
    }
  }
  const [, second] = issuers.flatMap(({ introspection }, at) => (introspection === undefined ? [] : [at]))
  if (second === undefined) return
  throw new o.RegistrationError(
    caller,
    `issuers[${second}].introspection is the second: an opaque token does not say which issuer to ask`
  )
}

const OF_KEYS = ['jwks', 'jwksUri', 'algorithms', 'typ'] as const

function faultIn(entry: TrustedIssuer): string | undefined {
  const { issuer, jwks, jwksUri, introspection } = entry
  if (introspection !== undefined) {
    const idle = OF_KEYS.find((name) => entry[name] !== undefined)
    if (idle !== undefined) return `${idle} cannot be combined with introspection, because no key is used`
    const isKnown = introspection.endpoint !== undefined || isIssuerUrl(issuer)
    return isKnown
      ? undefined
      : 'introspection.endpoint is required, because the issuer is no URL that metadata can be fetched from'
  }
  if (jwks !== undefined && jwksUri !== undefined)
    return 'jwksUri cannot be combined with jwks. Fix: choose one of them'
  if (jwks !== undefined || jwksUri !== undefined || isIssuerUrl(issuer)) return undefined
  return 'issuer must be an https URL without a query, so that its keys can be discovered. Fix: give jwks or jwksUri'
}

function isFinder(value: unknown): boolean {
  if (Array.isArray(value) || !o.hasMethods(value, ['find'])) return false
  return value['atHand'] === undefined || o.isFunction(value['atHand'])
}
