import { isScopeToken } from '@latchkey/guard'
import type { UpstreamSession } from '@latchkey/store'

/** Who signs in. */
export interface SignIn {
  /** The identifier that the application knows the person by: `principal.subject`, of up to 255 characters. */
  readonly subject: string
  /** The scopes that the session carries. Default: none of its own, and it carries all that the subject may do. */
  readonly scopes?: readonly string[] | ReadonlySet<string> | undefined
  /**
   * What else the session says of the subject: `principal.claims`. Plain JSON, and small: it travels in the cookie. Never a
   * provider's tokens.
   */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** The session at a provider that this one comes of, so that the provider can end it. */
  readonly upstream?: UpstreamSession | undefined
  /**
   * When the subject proved who they are, in seconds since the epoch; `null` when that is not known, and no login of this
   * session is recent. Default: now.
   */
  readonly authenticatedAt?: number | null | undefined
  /** What the list of sessions calls the device; `null` for nothing. Default: the browser's name for itself. */
  readonly label?: string | null | undefined
}

const LONGEST_SUBJECT = 255

/** @throws TypeError for what a session cannot be made of: a fault of the application, whatever the request was */
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

// Its types say all this; a caller in JavaScript, or with data from elsewhere, may not.
function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
