import type { Claims, Provider } from '../providers/provider.ts'
import { identifierIn } from '../providers/provider-text.ts'

/** The settings for verifying a provider's token. */
export interface Verification {
  /** The accepted difference between clocks, in seconds. */
  readonly clockTolerance: number
  /** Returns milliseconds since the epoch. */
  readonly now: () => number
}

/** Further requirements besides signature, issuer, audience and times. */
export interface ClaimDemands extends Verification {
  /** The claims that must be there. Every other claim may be missing, and is checked only if it is there. */
  readonly requiredClaims: readonly string[]
  /** The maximum age in seconds. */
  readonly maxTokenAge?: number
}

/**
 * Returns the name of the first claim of a provider's JWT that is missing, has a wrong type, or is for another application or
 * another time; `null` if there is none.
 *
 * @see [RFC 7519 §4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1), [OpenID Connect Core 1.0
 * §3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation)
 */
export function claimFault(claims: Claims, provider: Provider, demands: ClaimDemands): string | null {
  const missing = demands.requiredClaims.find((name) => claims[name] === undefined)
  return missing ?? ownerFault(claims, provider) ?? timeFault(claims, demands)
}

function ownerFault(claims: Claims, { issuer, issuerOf, clientId }: Provider): string | null {
  const { iss, aud, sub } = claims
  if (iss !== undefined && iss !== (issuerOf === undefined ? issuer : issuerOf(claims))) return 'iss'
  if (aud !== undefined && aud !== clientId && !(Array.isArray(aud) && aud.includes(clientId))) return 'aud'
  return sub !== undefined && identifierIn(sub) === null ? 'sub' : null
}

function timeFault(
  { exp, nbf, iat, auth_time: authTime }: Claims,
  { now, clockTolerance, maxTokenAge = Number.POSITIVE_INFINITY }: ClaimDemands
): string | null {
  const earliest = now() / 1000 - clockTolerance
  const latest = now() / 1000 + clockTolerance
  if (exp !== undefined && !(isTime(exp) && exp > earliest)) return 'exp'
  if (nbf !== undefined && !(isTime(nbf) && nbf <= latest)) return 'nbf'
  if (iat !== undefined && !(isTime(iat) && iat <= latest && iat >= earliest - maxTokenAge)) return 'iat'
  return authTime === undefined || typeof authTime === 'number' ? null : 'auth_time'
}

// JSON can contain numbers that are parsed as Infinity.
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(Math.floor(value))
}
