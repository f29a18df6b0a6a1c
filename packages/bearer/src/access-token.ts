import type { Authentication } from '@latchkey/guard'
import type { CryptoKey } from 'jose'
import { readClaims } from './claims.ts'
import { decodeObject, MANY_SIGNS, parseCompactJws } from './compact-jws.ts'
import type { CheckBinding } from './dpop/binding.ts'
import { frozenObject } from './json-object.ts'
import { type JoseHeader, readJoseHeader } from './jose-header.ts'
import { findKey, holdsKey } from './key-source.ts'
import { notValid } from './refusal.ts'
import { verifySignature } from './signature.ts'
import { checkTokenType } from './token-type.ts'
import type { Issuer } from './trusted-issuer.ts'

/** The issuers and limits that access tokens are checked against. */
export interface Verification {
  readonly issuers: ReadonlyMap<unknown, Issuer>
  readonly clockTolerance: number
  readonly maxTokenAge: number | undefined
  /** The time in milliseconds since the epoch. */
  readonly now: () => number
}

/** A verified token, and the period for which it is valid. */
export interface VerifiedToken {
  readonly authentication: Authentication
  readonly issuer: Issuer
  /** The header that the key was found by. */
  readonly header: JoseHeader
  readonly key: CryptoKey
  /** In seconds since the epoch, clock tolerance included. The token is valid from `validFrom` on and before `validUntil`. */
  readonly validFrom: number
  readonly validUntil: number
}

/**
 * Verifies a JWT access token and returns its subject, scopes and claims. Cheap checks come before the signature. Does NOT
 * check whether the token was revoked: {@link checkRevocation} does.
 *
 * @param checkBinding - refuses a token that is bound to something other than the presented key
 * @throws InvalidTokenError; an error for 503 when the issuer's keys are not available now
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
  const key = await findKey(issuer.keys, header)
  await verifySignature(token, header.alg, key)
  // Only now: the cost of this walk grows with the claims, which are not trustworthy before the signature is verified.
  const authentic = frozenObject(claims)
  const authentication = Object.freeze({ ...bearer, claims: authentic, scopes: issuer.scopes(authentic) })
  return { authentication, issuer, header, key, validFrom, validUntil }
}

/** Whether a verified token would still pass verification now. Does not check whether it was revoked. */
export function isStillValid({ issuer, header, key, validFrom, validUntil }: VerifiedToken, now: number): boolean {
  return now >= validFrom && now < validUntil && holdsKey(issuer.keys, header, key)
}

/**
 * Checks whether a token was revoked. Must be called each time the token is presented.
 *
 * @throws InvalidTokenError when the token is revoked; UnavailableError when the answer is not available now
 */
export function checkRevocation({ issuer, authentication }: Pick<VerifiedToken, 'issuer' | 'authentication'>): void {
  if (issuer.isRevoked(authentication.claims)) throw notValid('the token is revoked')
}
