import type { Authentication } from '@latchkey/guard'
import type { JsonObject } from './json-object.ts'
import { expired, notValid } from './refusal.ts'

const MAX_SUBJECT_LENGTH = 255

/** The last second of the year 9999, the latest that calendars and RFC 3339 can say. */
const LAST_SECOND = 253_402_300_799

/** What claims are held against: the issuer that their `iss` named, and what it may issue. All times are in seconds. */
export interface Expectations {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly now: number
  readonly clockTolerance: number
  readonly maxTokenAge: number | undefined
  /** Claims that may be missing, where the issuer vouches at this moment for what they would say. */
  readonly mayLack?: readonly ('aud' | 'exp')[]
}

/** What claims say of somebody, and for how long: from the first second since the epoch on, and before the second. */
export interface ReadClaims {
  readonly bearer: Omit<Authentication, 'scopes'>
  readonly validFrom: number
  readonly validUntil: number
}

/**
 * What the claims of an access token say, once they are of the right type, meant for this server and in their time. `null`
 * counts as absent in optional claims: not in `iss`, `sub`, `aud`, `exp`, and not in `cnf`, which restricts a token.
 * Does not verify that the issuer said so, nor look what the token is bound to (`cnf`), and does not read scopes.
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

// Each condition says what must hold, so that a time that is no number refuses the token.
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
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LAST_SECOND) return value
  throw notValid(`${name} is not a NumericDate in whole seconds`)
}
