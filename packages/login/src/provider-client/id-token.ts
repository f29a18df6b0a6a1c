import { createHash, timingSafeEqual } from 'node:crypto'
import { signatureAlgorithms } from '@latchkey/issuer'
import { LoginError } from '../errors.ts'
import { jose } from '../jose.ts'
import type { Claims } from '../providers/provider.ts'
import { type ClaimDemands, claimFault, type Verification } from './provider-claims.ts'
import type { RelyingParty } from './relying-party.ts'
import { jsonObject } from './token-answer.ts'
import { upstreamFailure } from './upstream-failure.ts'

const COMPACT_JWS = /^[\w-]{2,2000}\.[\w-]{2,15000}\.[\w-]{2,2000}$/

/** The values that an ID token must match. */
export interface IdTokenDependencies {
  readonly nonce: string
  readonly accessToken: string
}

/**
 * Verifies an ID token and returns its claims, if this provider made it for this application and this login.
 *
 * @throws LoginError `provider_error`, or the error for keys of the provider that are not available
 * @see [OpenID Connect Core 1.0 §3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation)
 */
export async function verifyIdToken(
  token: string,
  party: RelyingParty,
  { nonce, accessToken }: IdTokenDependencies,
  verification: Verification
): Promise<Claims> {
  const requiredClaims = ['iss', 'sub', 'aud', 'exp', 'iat']
  const { payload, alg } = await verifyProviderToken(token, party, ['jwt'], { ...verification, requiredClaims })
  const { clientId } = party.provider
  const { aud, azp, at_hash: atHash, nonce: own } = payload
  if (azp === undefined ? Array.isArray(aud) && aud.length > 1 : azp !== clientId) throw invalid('azp')
  if (own !== nonce) throw invalid('nonce')
  if (atHash !== undefined && !isHashOf(accessToken, atHash, alg)) throw invalid('at_hash')
  return payload
}

/**
 * Verifies a JWT that a provider signed for this application, and returns its payload without the claims that are `null`.
 *
 * @param types - the accepted values of `typ`, if the token has one
 * @throws LoginError as {@link verifyIdToken}
 */
export async function verifyProviderToken(
  token: string,
  { provider, keys }: RelyingParty,
  types: readonly string[],
  demands: ClaimDemands
): Promise<{ readonly payload: Claims; readonly alg: string }> {
  if (!COMPACT_JWS.test(token)) throw invalid('syntax')
  const { compactVerify, decodeProtectedHeader, errors } = await jose.get()
  try {
    const { alg = '', kid, typ, crit } = decodeProtectedHeader(token)
    if (crit !== undefined) throw invalid('crit')
    // Members that are null count as left out, although the types exclude null.
    if (typ && !types.includes(typ.toLowerCase().replace(/^application\//, ''))) throw invalid('typ')
    // Never `none`, never a shared secret.
    if (!signatureAlgorithms.has(alg)) throw invalid('alg')
    const key = await keys.find({ alg, kid: kid ?? undefined })
    if (key === null) throw invalid('kid')
    const verified = await compactVerify(token, key, { algorithms: [alg] })
    const payload = withoutNulls(jsonObject(verified.payload) ?? {})
    const fault = claimFault(payload, provider, demands)
    if (fault !== null) throw invalid(fault)
    return { payload, alg }
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw invalid('signature or syntax')
    return upstreamFailure(error)
  }
}

function withoutNulls(payload: Claims): Claims {
  return Object.fromEntries(Object.entries(payload).filter(([, claim]) => claim !== null))
}

// "The hash algorithm used is the one used in the alg Header Parameter"; EdDSA uses SHA-512.
function isHashOf(accessToken: string, claimed: unknown, alg: string): boolean {
  if (typeof claimed !== 'string') return false
  const digest = createHash(alg.startsWith('Ed') ? 'sha512' : `sha${alg.slice(2)}`)
    .update(accessToken)
    .digest()
  const expected = Buffer.from(digest.subarray(0, digest.length / 2).toString('base64url'))
  const given = Buffer.from(claimed)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function invalid(what: string): LoginError {
  return new LoginError('provider_error', { cause: `the token of the provider is not valid: ${what}` })
}
