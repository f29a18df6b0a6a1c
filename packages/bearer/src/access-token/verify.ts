import type { Authentication, InvalidTokenError } from '@latchkey/guard'
import type { CryptoKey } from 'jose'
import { type ReadClaims, readClaims } from './claims.ts'
import { type CompactJws, decodeObject, MANY_SIGNS, parseCompactJws } from '../compact-jws.ts'
import type { CheckBinding } from '../dpop/binding.ts'
import { frozenObject, type JsonObject } from '../json-object.ts'
import { type JoseHeader, readJoseHeader } from '../jose-header.ts'
import { findKey, keyAtHand } from '../key-source.ts'
import { notValid } from '../refusal.ts'
import { signatureFault } from '../signature.ts'
import { checkTokenType } from './token-type.ts'
import type { Issuer } from '../trusted-issuer.ts'

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
 * check whether the token was revoked: {@link checkRevocation} does. Creates no promise if the issuer's key is at hand.
 *
 * @param checkBinding - refuses a token that is bound to something other than the presented key
 * @returns the verified token. For a wrong signature the error, because throwing costs as much as a verification
 * @throws InvalidTokenError; an error for 503 when the issuer's keys are not available now
 * @see [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)
 */
export function verifyAccessToken(
  token: string,
  verification: Verification,
  checkBinding: CheckBinding
): Verdict | Promise<Verdict> {
  const unverified = readToken(token, verification)
  checkBinding(unverified.claims, unverified.issuer.dpop)
  const key = findKey(unverified.issuer.keys, unverified.header)
  return key instanceof Promise ? key.then((found) => verifyWith(found, unverified)) : verifyWith(key, unverified)
}

/** A verified token, or the error for a token with a wrong signature. */
export type Verdict = VerifiedToken | InvalidTokenError

/** A token that passed every check but that of its signature. */
interface UnverifiedToken extends Pick<VerifiedToken, 'issuer' | 'header' | 'validFrom' | 'validUntil'> {
  readonly jws: CompactJws
  readonly bearer: ReadClaims['bearer']
  readonly claims: JsonObject
}

function readToken(token: string, { issuers, clockTolerance, maxTokenAge, now }: Verification): UnverifiedToken {
  const jws = parseCompactJws(token)
  const header = readJoseHeader(jws.header)
  const claims = decodeObject(jws.payload, MANY_SIGNS)
  const issuer = issuers.get(claims['iss'])
  if (issuer === undefined) throw notValid('iss is not a trusted issuer')
  checkTokenType(issuer.typ, jws.header, claims)
  if (!issuer.algorithms.has(header.alg)) throw notValid('alg is not allowed for the issuer')
  const expected = { issuer: issuer.issuer, audience: issuer.audience, now: now() / 1000, clockTolerance, maxTokenAge }
  return { jws, issuer, header, claims, ...readClaims(claims, expected) }
}

function verifyWith(key: CryptoKey, unverified: UnverifiedToken): Verdict {
  const { jws, issuer, header, claims, bearer, validFrom, validUntil } = unverified
  const fault = signatureFault(jws, header.alg, key)
  if (fault !== null) return notValid(fault)
  // Only now: the cost of this walk grows with the claims, which are not trustworthy before the signature is verified.
  const authentic = frozenObject(claims)
  // Not frozen: only a remembered authentication serves several requests.
  const { subject, authenticatedAt } = bearer
  const scopes = issuer.scopes(authentic)
  const who = { subject, issuer: bearer.issuer, scopes, claims: authentic, authenticatedAt }
  const authentication = issuer.roles === null ? who : { ...who, roles: issuer.roles(authentic) }
  return { authentication, issuer, header, key, validFrom, validUntil }
}

/** Whether a verified token would still pass verification now. Does not check whether it was revoked. */
export function isStillValid({ issuer, header, key, validFrom, validUntil }: VerifiedToken, now: number): boolean {
  return now >= validFrom && now < validUntil && keyAtHand(issuer.keys, header) === key
}

/**
 * Checks whether a token was revoked. Must be called each time the token is presented.
 *
 * @throws InvalidTokenError when the token is revoked; UnavailableError when the answer is not available now
 */
export function checkRevocation({ issuer, authentication }: Pick<VerifiedToken, 'issuer' | 'authentication'>): void {
  if (issuer.isRevoked(authentication.claims)) throw notValid('the token is revoked')
}
