import { isScopeToken } from '@latchkey/guard/plugin'
import type { UpstreamSession } from '@latchkey/store'

/**
 * The subject who signs in, and the properties of the session.
 *
 * @example await reply.signIn({ subject: 'alice', scopes: ['items:read'], claims: { name: 'Alice' } })
 */
export interface SignIn {
  /** The application's identifier of the person, up to 255 characters: `principal.subject`. */
  readonly subject: string
  /** The scopes that the session carries. Default: none of its own, and the session carries all that the subject may do. */
  readonly scopes?: readonly string[] | ReadonlySet<string> | undefined
  /**
   * Further claims about the subject: `principal.claims`. Plain JSON, and small, because it is stored in the cookie. Never
   * store a provider's tokens here.
   */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** The provider's session that this one comes from, so that the provider can end it. */
  readonly upstream?: UpstreamSession | undefined
  /**
   * When the subject logged in, in seconds since the epoch. `null`: not known, and then the login is never recent. Default:
   * now.
   */
  readonly authenticatedAt?: number | null | undefined
  /** The name of the device in a list of sessions; `null` for none. Default: a name made from the `User-Agent`. */
  readonly label?: string | null | undefined
}

const LONGEST_SUBJECT = 255

/** @throws TypeError for an invalid member. It is an error of the application, not of the request. */
export function checkSignIn({ subject, scopes = [], claims = {}, upstream, authenticatedAt, label }: SignIn): void {
  if (!isText(subject) || subject.length > LONGEST_SUBJECT) fail('subject', 'a string of 1 to 255 characters')
  if (typeof scopes === 'string' || ![...scopes].every(isScopeToken)) fail('scopes', 'a list of scope tokens')
  if (!isPlain(claims)) fail('claims', 'a plain object')
  if (upstream && !(isText(upstream.issuer) && isText(upstream.sid))) fail('upstream', 'an issuer and a sid')
  if (authenticatedAt !== undefined && authenticatedAt !== null && !Number.isSafeInteger(authenticatedAt)) {
    fail('authenticatedAt', 'a whole number of seconds or null')
  }
  if (label !== undefined && label !== null && typeof label !== 'string') fail('label', 'a string or null')
}

function fail(member: string, sentence: string): never {
  throw new TypeError(`reply.signIn(): "${member}" must be ${sentence}`)
}

// The types require all of this, but a caller in JavaScript, or with data from elsewhere, can bypass them.
function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
