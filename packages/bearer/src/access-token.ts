import type { Authentication } from '@latchkey/guard'
import type { CryptoKey } from 'jose'
import { readClaims } from './claims.ts'
import { decodeObject, MANY_SIGNS, parseCompactJws } from './compact-jws.ts'
import type { CheckBinding } from './dpop/binding.ts'
import { frozenObject } from './json-object.ts'
import { type JoseHeader, readJoseHeader } from './jose-header.ts'
import { notValid } from './refusal.ts'
import { verifySignature } from './signature.ts'
import { checkTokenType } from './token-type.ts'
import type { Issuer } from './trusted-issuer.ts'

/** What access tokens are held against. */
export interface Verification {
  readonly issuers: ReadonlyMap<unknown, Issuer>
  readonly clockTolerance: number
  readonly maxTokenAge: number | undefined
  /** The time in milliseconds since the epoch. */
  readonly now: () => number
}

/** What was found out about a token, and for how long that holds. */
export interface VerifiedToken {
  readonly authentication: Authentication
  readonly issuer: Issuer
  /** What the key was found by. */
  readonly header: JoseHeader
  readonly key: CryptoKey
  /** Seconds since the epoch, clock tolerance included: from the first second on, and before the second. */
  readonly validFrom: number
  readonly validUntil: number
}

/**
 * What a JWT access token says about its bearer. Whatever costs little is checked before the signature is. Does NOT ask
 * whether the token was taken back: {@link checkRevocation} does.
 *
 * @param checkBinding - refuses a token that is bound to something else than what it was presented with
 * @throws InvalidTokenError; an error for 503 when the issuer's keys cannot be had now
 * @see [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)
 */
export async function verifyAccessToken(
  token: string,
  verification: Verification,
  checkBinding: CheckBinding
): Promise<VerifiedToken> {
  const { issuers, clockTolerance, maxTokenAge, now } = verification
  const jws = parseCompactJws(token)
  const header = readJoseHeader(jws.header)
  const claims = decodeObject(jws.payload, MANY_SIGNS)
  const issuer = issuers.get(claims['iss'])
  if (issuer === undefined) throw notValid('iss is not a trusted issuer')
  checkTokenType(issuer.typ, jws.header, claims)
  if (!issuer.algorithms.has(header.alg)) throw notValid('alg is not allowed for the issuer')
  const { bearer, validFrom, validUntil } = readClaims(claims, {
    issuer: issuer.issuer,
    audience: issuer.audience,
    now: now() / 1000,
    clockTolerance,
    maxTokenAge
  })
  checkBinding(claims, issuer.dpop)
  const key = await issuer.keys.find(header)
  await verifySignature(token, header.alg, key)
  // Not before: to walk through the claims is work in proportion to what nobody had signed.
  const authentic = frozenObject(claims)
  const authentication = Object.freeze({ ...bearer, claims: authentic, scopes: issuer.scopes(authentic) })
  return { authentication, issuer, header, key, validFrom, validUntil }
}

/** Whether a token that was verified before would be verified now, but for having been taken back. */
export function isStillValid({ issuer, header, key, validFrom, validUntil }: VerifiedToken, now: number): boolean {
  return now >= validFrom && now < validUntil && issuer.keys.holds(header, key)
}

/**
 * Asks whether a token was taken back, which has to be done each time that it is presented.
 *
 * @throws InvalidTokenError when it was; UnavailableError when that cannot be known now
 */
export function checkRevocation({ issuer, authentication }: Pick<VerifiedToken, 'issuer' | 'authentication'>): void {
  if (issuer.isRevoked(authentication.claims)) throw notValid('the token is revoked')
}
