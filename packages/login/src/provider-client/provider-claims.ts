import type { Claims, Provider } from '../providers/provider.ts'
import { identifierIn } from '../providers/provider-text.ts'

/** How judging a token of a provider goes. */
export interface Verification {
  /** By how many seconds clocks may differ. */
  readonly clockTolerance: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** What a verification demands beside signature, issuer, audience and times. */
export interface ClaimDemands extends Verification {
  /** Every other claim may be missing, and is judged where it is there. */
  readonly requiredClaims: readonly string[]
  /** The greatest age in seconds. */
  readonly maxTokenAge?: number
}

/**
 * The name of the first claim of a provider's JWT that is missing, of a wrong type, or of another application or another time;
 * `null` when there is none.
 *
 * @see [RFC 7519 §4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1)
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

// JSON has numbers that are infinite here.
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(Math.floor(value))
}
