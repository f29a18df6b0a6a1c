import type { Authenticator } from './authenticator.ts'
import { isAttribute } from './challenge.ts'

/** @throws TypeError naming the missing or wrong member. Without this check each request would fail on its own. */
export function checkAuthenticator(authenticator: Authenticator): void {
  // The types require all of this, but a caller in JavaScript, or with a cast, can bypass them.
  const lacks = Object.entries(MEMBERS).find(([name, fits]) => !fits(Reflect.get(authenticator, name)))
  if (lacks) throw new TypeError(`an authenticator's "${lacks[0]}" is missing or of the wrong type`)
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

const MEMBERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  scheme: isText,
  challenge: (value) => value === null || isText(value),
  challengeParameters: (value) => value === undefined || isRecordOf(value, isChallengeParameter),
  resourceMetadata: (value) => value === undefined || isRecordOf(value, isMetadata),
  ambient: (value) => typeof value === 'boolean',
  header: isText,
  origin: (value) => value === undefined || isText(value),
  securitySchemes: (value) => typeof value === 'object' && value !== null,
  authenticate: (value) => typeof value === 'function',
  signInUrl: (value) => value === undefined || typeof value === 'function'
}

function isRecordOf(value: unknown, holds: (value: unknown, name: string) => boolean): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(([name, member]) => holds(member, name))
}

// A token (RFC 9110 §5.6.2), except the parameters that the guard writes itself.
const TOKEN = /^(?!(?:error|error_description|scope|max_age|resource_metadata)$)[!#$%&'*+\-.^_`|~\w]+$/i

function isChallengeParameter(value: unknown, name: string): boolean {
  return TOKEN.test(name) && isAttribute(value)
}

function isMetadata(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || (Array.isArray(value) && value.every(isText))
}
