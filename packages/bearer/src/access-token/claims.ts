import type { Authentication } from '@latchkey/guard'
import { isWhole } from '@latchkey/options'
import type { JsonObject } from '../json-object.ts'
import { expired, notValid } from '../refusal.ts'

const MAX_SUBJECT_LENGTH = 255

/** The last second of the year 9999, the latest that calendars and RFC 3339 can express. */
const LAST_SECOND = 253_402_300_799

/** The values that claims are checked against, for the issuer in their `iss`. All times are in seconds. */
export interface Expectations {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly now: number
  readonly clockTolerance: number
  readonly maxTokenAge: number | undefined
  /** Claims that may be missing because the issuer has just confirmed the token (introspection). */
  readonly mayLack?: readonly ('aud' | 'exp')[]
}

/**
 * The bearer that the claims name, and the period of validity in seconds since the epoch: from `validFrom` on, before
 * `validUntil`.
 */
export interface ReadClaims {
  readonly bearer: Omit<Authentication, 'scopes'>
  readonly validFrom: number
  readonly validUntil: number
}

/**
 * Reads the claims of an access token, after checking their types, their audience and their times. In optional claims `null`
 * counts as absent. It does not count as absent in `iss`, `sub`, `aud` and `exp`, nor in `cnf`, which restricts a token. Does
 * not verify the signature, does not check the binding (`cnf`) and does not read scopes.
 *
 * @throws InvalidTokenError
 * @see [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)
 */
export function readClaims(claims: JsonObject, expected: Expectations): ReadClaims {
  const { audience, mayLack = [] } = expected
  const isImplied = claims.aud === undefined && mayLack.includes('aud')
  if (!isImplied && !isMeantFor(audience, claims.aud)) throw notValid('aud does not contain this server')
  checkText(claims, 'client_id')
  checkText(claims, 'jti')
  const bearer = {
    subject: subjectOf(claims),
    issuer: expected.issuer,
    claims,
    authenticatedAt: numericDate(claims, 'auth_time') ?? null
  }
  return { bearer, ...checkedTimes(claims, expected) }
}

function isMeantFor(audience: readonly string[], aud: unknown): boolean {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return named.every((one) => typeof one === 'string') && named.some((one) => audience.includes(one))
}

function subjectOf({ sub }: JsonObject): string {
  if (typeof sub === 'string' && sub.length > 0 && sub.length <= MAX_SUBJECT_LENGTH) return sub
  throw notValid('sub is not a string of 1 to 255 characters')
}

function checkText(claims: JsonObject, name: string): void {
  const value = claims[name] ?? undefined
  if (value !== undefined && (typeof value !== 'string' || value === '')) throw notValid(`${name} is not a string`)
}

// Each condition states what must be true, so that a `NaN` refuses the token.
function checkedTimes(
  claims: JsonObject,
  { now, clockTolerance, maxTokenAge, mayLack = [] }: Expectations
): Pick<ReadClaims, 'validFrom' | 'validUntil'> {
  const exp = numericDate(claims, 'exp')
  const iat = numericDate(claims, 'iat')
  if (exp === undefined && !mayLack.includes('exp')) throw notValid('exp is missing')
  let validFrom = 0
  for (const past of ['nbf', 'iat', 'auth_time']) {
    const from = (numericDate(claims, past) ?? 0) - clockTolerance
    if (!(from <= now)) throw notValid(`${past} is in the future`)
    validFrom = Math.max(validFrom, from)
  }
  const expires = (exp ?? Number.POSITIVE_INFINITY) + clockTolerance
  if (!(now < expires)) throw expired('exp has passed')
  if (maxTokenAge === undefined) return { validFrom, validUntil: expires }
  if (iat === undefined) throw notValid('iat is missing')
  const ages = iat + maxTokenAge + clockTolerance
  if (!(now < ages)) throw expired('older than maxTokenAge')
  return { validFrom, validUntil: Math.min(expires, ages) }
}

function numericDate(claims: JsonObject, name: string): number | undefined {
  const value = claims[name]
  if (value === undefined || (value === null && name !== 'exp')) return undefined
  if (isNumericDate(value)) return value
  throw notValid(`${name} is not a NumericDate in whole seconds`)
}

/** Whether a value is a time in whole seconds since the epoch, up to the year 9999. */
export function isNumericDate(value: unknown): value is number {
  return isWhole(value, 0, LAST_SECOND)
}
