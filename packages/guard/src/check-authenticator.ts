import * as o from '@latchkey/options'
import type { Authenticator } from './authenticator.ts'
import { isAttribute } from './challenge.ts'

const schema = o.shape<Authenticator>({
  scheme: o.text,
  challenge: o.must('be a non-empty string or null', (value) => value === null || o.isText(value)),
  challengeParameters: o.optional(
    o.must('map names of parameters to values that a challenge may have', (value) =>
      o.isMapOf(value, isChallengeParameter)
    )
  ),
  resourceMetadata: o.optional(
    o.must('map names to strings, lists of strings, true or false', (value) => o.isMapOf(value, isMetadata))
  ),
  ambient: o.flag,
  specific: o.optional(o.flag),
  header: o.text,
  secretPattern: o.optional(o.must('be a regular expression', (value) => value instanceof RegExp)),
  origin: o.optional(o.text),
  securitySchemes: o.must('be an object', o.isRecord),
  authenticate: o.aFunction(),
  signInUrl: o.optional(o.aFunction())
})

/**
 * Checks an authenticator. Without this check each request would fail on its own. The types require all of this, but a caller in
 * JavaScript, or with a cast, can bypass them.
 *
 * @throws RegistrationError naming the missing or wrong member
 */
export function checkAuthenticator(authenticator: Authenticator): void {
  o.checkArgument('app.guard.addAuthenticator()', 'authenticator', schema, authenticator)
}

// A token (RFC 9110 §5.6.2), except the parameters that the guard writes itself.
const TOKEN = /^(?!(?:error|error_description|scope|max_age|resource_metadata)$)[!#$%&'*+\-.^_`|~\w]+$/i

function isChallengeParameter(value: unknown, name: string): boolean {
  return TOKEN.test(name) && isAttribute(value)
}

function isMetadata(value: unknown): boolean {
  return typeof value === 'string' || o.isBoolean(value) || (Array.isArray(value) && value.every(o.isText))
}
