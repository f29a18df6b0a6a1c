import type { Authentication } from '@latchkey/guard'
import { readClaims } from './claims.ts'
import { decodeObject, type JsonObject, parseCompactJws } from './compact-jws.ts'
import { readJoseHeader } from './jose-header.ts'
import { notValid } from './refusal.ts'
import { verifySignature } from './signature.ts'
import type { Issuer } from './trusted-issuer.ts'

const ACCESS_TOKEN_TYPES: ReadonlySet<unknown> = new Set(['at+jwt', 'application/at+jwt'])

/** What access tokens are held against. */
export interface Verification {
  readonly issuers: ReadonlyMap<unknown, Issuer>
  readonly clockTolerance: number
  readonly maxTokenAge: number | undefined
  /** The time in milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * What a JWT access token says about its bearer. Whatever costs little is checked before the signature is.
 *
 * @throws InvalidTokenError; UnavailableError when the issuer's keys, or what it revoked, cannot be had now
 * @see [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)
 */
export async function verifyAccessToken(token: string, verification: Verification): Promise<Authentication> {
  const { issuers, clockTolerance, maxTokenAge, now } = verification
  const jws = parseCompactJws(token)
  if (!isAccessToken(jws.header)) throw notValid('typ is not at+jwt')
  const header = readJoseHeader(jws.header)
  const claims = decodeObject(jws.payload)
  const issuer = issuers.get(claims.iss)
  if (issuer === undefined) throw notValid('iss is not a trusted issuer')
  if (!issuer.algorithms.has(header.alg)) throw notValid('alg is not allowed for the issuer')
  const authentication = readClaims(claims, {
    issuer: issuer.issuer,
    audience: issuer.audience,
    now: now() / 1000,
    clockTolerance,
    maxTokenAge
  })
  await verifySignature(token, header, issuer.lookup)
  if (issuer.isRevoked(claims)) throw notValid('the token is revoked')
  return authentication
}

function isAccessToken({ typ }: JsonObject): boolean {
  return typeof typ === 'string' && ACCESS_TOKEN_TYPES.has(typ.toLowerCase())
}
