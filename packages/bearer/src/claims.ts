import { type Authentication, parseScope } from '@latchkey/guard'
import type { JsonObject } from './compact-jws.ts'
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
}

/**
 * What the claims of an access token say, once they are of the right type, meant for this server and in their time.
 * Does not verify that the issuer said so.
 *
 * @throws InvalidTokenError
 * @see [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)
 */
export function readClaims(claims: JsonObject, expected: Expectations): Authentication {
  if (!isMeantFor(expected.audience, claims.aud)) throw notValid('aud does not contain this server')
  if (claims.cnf !== undefined) throw notValid('the token is bound to a key (cnf) and is no bearer token')
  checkText(claims, 'client_id')
  checkText(claims, 'jti')
  const authentication: Authentication = {
    subject: subjectOf(claims),
    issuer: expected.issuer,
    scopes: scopesOf(claims),
    claims,
    authenticatedAt: numericDate(claims, 'auth_time') ?? null
  }
  checkTimes(claims, expected)
  return Object.freeze(authentication)
}

function isMeantFor(audience: readonly string[], aud: unknown): boolean {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return named.every((one) => typeof one === 'string') && named.some((one) => audience.includes(one))
}

function subjectOf({ sub }: JsonObject): string {
  if (typeof sub === 'string' && sub.length > 0 && sub.length <= MAX_SUBJECT_LENGTH) return sub
  throw notValid('sub is not a string of 1 to 255 characters')
}

/** A token without `scope` carries none: it never stands for all that its subject may do. */
function scopesOf({ scope = '' }: JsonObject): ReadonlySet<string> {
  const scopes = typeof scope === 'string' ? parseScope(scope) : null
  if (scopes === null) throw notValid('scope is not a string of scope tokens')
  return scopes
}

function checkText(claims: JsonObject, name: string): void {
  const value = claims[name]
  if (value !== undefined && (typeof value !== 'string' || value === '')) throw notValid(`${name} is not a string`)
}

// Each condition says what must hold, so that a time that is no number refuses the token.
function checkTimes(claims: JsonObject, { now, clockTolerance, maxTokenAge }: Expectations): void {
  const latest = now + clockTolerance
  const earliest = now - clockTolerance
  const exp = numericDate(claims, 'exp')
  const iat = numericDate(claims, 'iat')
  if (exp === undefined) throw notValid('exp is missing')
  for (const past of ['nbf', 'iat', 'auth_time']) {
    if (!((numericDate(claims, past) ?? now) <= latest)) throw notValid(`${past} is in the future`)
  }
  if (!(exp > earliest)) throw expired('exp has passed')
  if (maxTokenAge === undefined) return
  if (iat === undefined) throw notValid('iat is missing')
  if (!(iat + maxTokenAge > earliest)) throw expired('older than maxTokenAge')
}

function numericDate(claims: JsonObject, name: string): number | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LAST_SECOND) return value
  throw notValid(`${name} is not a NumericDate in whole seconds`)
}
